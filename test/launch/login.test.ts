import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { connect, loginFields } from '../lti/launching.ts';
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
  });
});
