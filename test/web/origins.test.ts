import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { startApp, type TestApp } from '../support/app.ts';

describe('an address that is not ours, or the one of the other origin', () => {
  let at: TestApp;
  before(async () => {
    at = await startApp();
  });
  after(() => at.stop());

  /** As it stands on the wire: clients tidy addresses before they send them. */
  const get = (target: string, host: string, version = '1.1') =>
    new Promise<string>((resolve, reject) => {
      const { port } = new URL(at.url);
      let answer = '';
      const socket = connect(Number(port), '127.0.0.1', () =>
        socket.write(
          `GET ${target} HTTP/${version}\r\n${host && `Host: ${host}\r\n`}Accept: text/html\r\nConnection: close\r\n\r\n`,
        ),
      );
      socket.setEncoding('utf8').on('data', (text) => (answer += String(text)));
      socket.on('close', () => resolve(answer)).on('error', reject);
    });
  const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  const hostOf = (url: string) => new URL(url).host;

  for (const target of ['//', '///', '//:0/', '//[', '/\\', '//evil.example/admin', '/%00', '/%'])
    it(`answers ${target} on both origins without an error of our own, and leads nobody away`, async () => {
      for (const url of [at.url, at.contentUrl]) {
        const answer = await get(target, hostOf(url));
        assert.ok(statusOf(answer) >= 300 && statusOf(answer) < 500, answer.slice(0, 200));
        const location = /^location: (.*)$/im.exec(answer)?.[1]?.trim();
        if (location) assert.equal(new URL(location, at.url).origin, new URL(at.url).origin);
      }
    });

  it('sends the pages of the app that were asked for on the content origin to where they live', async () => {
    const answer = await get('/admin/courses?search=a%20b', hostOf(at.contentUrl));
    assert.equal(statusOf(answer), 308);
    assert.match(answer, new RegExp(`^location: ${at.url}/admin/courses\\?search=a%20b\\r$`, 'im'));
  });

  it('says which name it is reached by, also to who sends none', async () => {
    const named = await get('/', 'evil.example');
    assert.equal(statusOf(named), 421);
    assert.match(named, /does not answer for evil\.example/);
    const nameless = await get('/', '', '1.0');
    assert.equal(statusOf(nameless), 421);
    assert.match(nameless, /does not answer for a request that names no host/);
  });
});
