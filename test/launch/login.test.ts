import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { assertRefused, connect, loginFields } from '../lti/launching.ts';
import { makeBrowser, startPlatform, type TestPlatform } from '../lti/platform.ts';

describe('the login door', () => {
  let app: TestApp;
  let platform: TestPlatform;

  before(async () => {
    app = await startApp();
    platform = await startPlatform();
    await connect(app, platform);
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  const post = (fields: Record<string, string> | [string, string][], headers = {}) =>
    makeBrowser().post(`${app.url}/lti/login`, fields, headers);
  const fields = (more: Record<string, string> = {}) => loginFields(app, platform, more);
  const except = (name: string) => {
    const { [name]: _gone, ...rest } = fields();
    return rest;
  };

  describe('a login', () => {
    for (const method of ['GET', 'POST']) {
      it(`by ${method} goes on to the platform with all that OpenID Connect asks for`, async () => {
        const browser = makeBrowser();
        const url = `${app.url}/lti/login`;
        const response =
          method === 'GET'
            ? await browser.get(`${url}?${new URLSearchParams(fields())}`)
            : await browser.post(url, fields());
        assert.equal(response.status, 302);
        const location = new URL(response.headers.get('location')!);
        assert.equal(location.origin + location.pathname, `${platform.url}/authorize`);
        const { state, nonce, ...rest } = Object.fromEntries(location.searchParams);
        assert.deepEqual(rest, {
          scope: 'openid',
          response_type: 'id_token',
          response_mode: 'form_post',
          prompt: 'none',
          client_id: platform.clientId,
          redirect_uri: `${app.url}/lti/launch`,
          login_hint: '42',
          lti_message_hint: '{"cmid":3}',
        });
        assert.match(state!, /^[\w-]+\.[\w-]{22}$/);
        assert.match(nonce!, /^[\w-]{32}$/);
        assert.notEqual(state, nonce);
        assert.equal(response.headers.get('cache-control'), 'no-store');
      });
    }

    it('leaves a cookie that works in a frame', async () => {
      const [cookie] = (await post(fields())).headers.getSetCookie();
      assert.match(cookie!, /^lti_[\w-]{10}=[\w-]{32}; /);
      for (const attribute of [
        'HttpOnly',
        'Secure',
        'SameSite=None',
        'Partitioned',
        'Path=/',
        'Max-Age=600',
      ]) {
        assert.ok(cookie!.includes(`; ${attribute}`), `${attribute} in ${cookie}`);
      }
    });

    it('keeps a query that the authorization endpoint has', async () => {
      const other = await startPlatform();
      await connect(app, other, { authorization_endpoint: `${other.url}/authorize?tenant=7` } as object);
      const response = await post(loginFields(app, other));
      const location = new URL(response.headers.get('location')!);
      assert.equal(location.searchParams.get('tenant'), '7');
      assert.equal(location.searchParams.get('client_id'), other.clientId);
      await other.stop();
    });

    it('needs no client id where the issuer has one client only', async () => {
      assert.equal((await post(except('client_id'))).status, 302);
    });

    it('guesses nothing where the issuer has several', async () => {
      const other = await startPlatform();
      await connect(app, other);
      const second = { ...other, clientId: 'second' };
      await connect(app, second);
      await assertRefused(await post({ ...loginFields(app, other), client_id: '' }), 400);
      const { client_id: _, ...rest } = loginFields(app, other);
      await assertRefused(await post(rest), 400, /which connection/);
      assert.equal((await post(loginFields(app, second))).status, 302);
      await other.stop();
    });

    const refused: [string, () => Record<string, string> | [string, string][], RegExp][] = [
      ['no issuer', () => except('iss'), /iss: is missing/],
      ['no login hint', () => except('login_hint'), /login_hint: is missing/],
      ['no target', () => except('target_link_uri'), /target_link_uri: is missing/],
      ['an unknown issuer', () => fields({ iss: 'https://nobody.example' }), /not connected/],
      ['an unknown client', () => fields({ client_id: 'nobody' }), /not under this client id/],
      ['a target elsewhere', () => fields({ target_link_uri: 'https://evil.example/' }), /not one of ours/],
      [
        'a target on the origin of courses',
        () => fields({ target_link_uri: `${app.contentUrl}/lti/launch` }),
        /not one of ours/,
      ],
      ['a script for a target', () => fields({ target_link_uri: 'javascript:alert(1)' }), /not one of ours/],
      ['a relative target', () => fields({ target_link_uri: '/lti/launch' }), /not one of ours/],
      [
        'a parameter that comes twice',
        () => [...Object.entries(fields()), ['iss', 'https://other.example']],
        /iss: came more than once/,
      ],
      ['an over-long parameter', () => fields({ login_hint: 'x'.repeat(8193) }), /login_hint/],
      [
        'a storage target that is no name',
        () => fields({ lti_storage_target: '"><script>' }),
        /lti_storage_target/,
      ],
    ];
    for (const [name, make, says] of refused) {
      it(`refuses ${name}`, async () => assertRefused(await post(make()), 400, says));
    }

    it('refuses JSON, and objects in a query', async () => {
      const json = await fetch(`${app.url}/lti/login`, {
        method: 'POST',
        body: '{"iss":{"$ne":null}}',
        headers: { 'content-type': 'application/json' },
      });
      await assertRefused(json, 400, /iss: is missing/);
      await assertRefused(
        await makeBrowser().get(`${app.url}/lti/login?iss[$ne]=x&login_hint=1&target_link_uri=x`),
        400,
        /iss: is missing/,
      );
    });

    it('refuses other methods', async () => {
      for (const method of ['PUT', 'DELETE', 'PATCH'])
        await assertRefused(await fetch(`${app.url}/lti/login`, { method }), 405);
    });
  });
});
