import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { guardedFetch } from '../../src/web/guarded-fetch.ts';
import { isPublic } from '../../src/web/public-address.ts';

describe('a public address', () => {
  const not = `
    127.0.0.1 127.9.9.9 0.0.0.0 10.1.1.1 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254
    100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1
    ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1:: 2001::1
    2001:db8::1 fec0::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1 100::1 4000::1 localhost rubbish
  `;
  for (const address of ['', ...not.trim().split(/\s+/)])
    it(`is not ${address || 'nothing'}`, () => assert.equal(isPublic(address), false));
  for (const address of ['8.8.8.8', '172.32.0.1', '192.167.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    it(`is ${address}`, () => assert.equal(isPublic(address), true));
});

describe('fetching what somebody else named', () => {
  let server: Server;
  let port: number;
  let asked: string[];
  const answers: Record<string, (req: IncomingMessage, res: ServerResponse) => void> = {
    '/ok': (_req, res) => res.end('hello'),
    '/redirect': (_req, res) => res.writeHead(302, { Location: '/ok' }).end(),
    '/empty': (_req, res) => res.writeHead(204).end(),
    '/large': (_req, res) => res.end('x'.repeat(2000)),
    '/packed': (_req, res) =>
      res.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000))),
    '/silent': () => {},
    '/drip': (_req, res) => {
      const drip = setInterval(() => res.write('x'), 20);
      res.on('close', () => clearInterval(drip));
    },
  };

  before(async () => {
    server = createServer((req, res) => {
      asked.push(req.url!);
      answers[req.url!]!(req, res);
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as { port: number }).port;
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });
  beforeEach(() => void (asked = []));

  const open = guardedFetch({ allowPrivateNetworks: true, longestMs: 300, mostBytes: 1000 });
  const get = (path: string, init?: RequestInit) => open(`http://127.0.0.1:${port}${path}`, init);
  const reason = async (run: Promise<unknown>): Promise<string> => {
    try {
      await run;
    } catch (error) {
      const causes: string[] = [];
      for (let at = error; at instanceof Error; at = at.cause) causes.push(`${at.name}: ${at.message}`);
      return causes.join(' <- ');
    }
    return 'nothing thrown';
  };

  it('gives the answer', async () => {
    assert.equal(await (await get('/ok')).text(), 'hello');
    assert.equal((await get('/empty')).status, 204);
  });

  it('follows no redirect, whatever its caller says', async () => {
    const answer = await get('/redirect', { redirect: 'follow' });
    assert.equal(answer.status, 302);
    assert.deepEqual(asked, ['/redirect']);
  });

  it('ends an answer that is too large, also one that only unpacked is', async () => {
    const read = async (path: string) => (await get(path)).text();
    assert.match(await reason(read('/large')), /size|larger/i);
    assert.match(await reason(read('/packed')), /larger than 1000 bytes/);
  });

  it('ends an answer that does not come, or not to an end', async () => {
    const patient = { signal: AbortSignal.timeout(60_000) };
    assert.match(await reason(get('/silent', patient)), /[Tt]imeout/);
    assert.match(await reason(get('/drip', patient).then((answer) => answer.text())), /[Tt]imeout/);
  });

  it('ends when its caller has had enough', async () => {
    assert.match(await reason(get('/silent', { signal: AbortSignal.timeout(20) })), /[Tt]imeout/);
  });

  for (const address of ['file:///etc/passwd', 'ftp://example.org/', 'data:text/plain,x', 'javascript:1'])
    it(`does not open ${address}`, async () => assert.match(await reason(open(address)), /BlockedAddress/));

  describe('where private networks are not allowed', () => {
    const names: Record<string, string[][]> = {};
    let lookups: string[] = [];
    const strict = guardedFetch({
      allowPrivateNetworks: false,
      longestMs: 300,
      resolve: (hostname, _options, callback) => {
        lookups.push(hostname);
        const found = names[hostname]!.length > 1 ? names[hostname]!.shift()! : names[hostname]![0]!;
        callback(
          null,
          found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
        );
      },
    });
    beforeEach(() => void (lookups = []));

    const hosts = `
      127.0.0.1 127.1 2130706433 0x7f.1 0177.0.0.1 0 169.254.169.254 10.0.0.1
      [::1] [::] [::ffff:127.0.0.1] [::127.0.0.1] [fe80::1] [fd00:ec2::254]
    `;
    for (const host of hosts.trim().split(/\s+/))
      it(`asks nothing of ${host}`, async () => {
        assert.match(await reason(strict(`http://${host}:${port}/ok`)), /BlockedAddress/);
        assert.deepEqual([asked, lookups], [[], []]);
      });

    it('asks nothing of a name that leads to such an address', async () => {
      names['inside.example'] = [['127.0.0.1', '::1', '10.0.0.1']];
      assert.match(await reason(strict(`http://inside.example:${port}/ok`)), /BlockedAddress/);
      assert.deepEqual([asked, lookups], [[], ['inside.example']]);
    });

    it('refuses a name that was public and turns private, at the next connection', async () => {
      const answers = ['127.0.0.1', '169.254.169.254'];
      let looks = 0;
      // No test reaches a public address: this machine stands for one.
      const turning = guardedFetch({
        allowPrivateNetworks: false,
        longestMs: 300,
        isGood: (address) => address === '127.0.0.1',
        resolve: (_hostname, _options, callback) => {
          looks += 1;
          callback(null, [{ address: answers.shift()!, family: 4 }]);
        },
      });
      const ask = () => turning(`http://turning.example:${port}/ok`);
      assert.equal(await (await ask()).text(), 'hello');
      server.closeAllConnections();
      const second = await reason(ask());
      // It may first find that the connection it had is gone.
      assert.match(looks === 2 ? second : await reason(ask()), /BlockedAddress/);
      assert.deepEqual([looks, asked], [2, ['/ok']]);
    });

    it('looks again for every connection: a name that changes its mind gains nothing', async () => {
      // No test reaches a public address; what counts is that nothing is remembered of the look before.
      names['rebinding.example'] = [['169.254.169.254'], ['127.0.0.1']];
      for (const _time of [1, 2])
        assert.match(await reason(strict(`http://rebinding.example:${port}/ok`)), /BlockedAddress/);
      assert.deepEqual([asked, lookups], [[], ['rebinding.example', 'rebinding.example']]);
    });
  });
});
