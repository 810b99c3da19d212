import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect, login, loginFields, type Started } from '../lti/launching.ts';
import { learnerClaims, lti, makeBrowser, startPlatform, type TestPlatform } from '../lti/platform.ts';

describe('where cookies do not work', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let course: string;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    await connect(app, platform);
    course = await addCourse(app, 'Golf');
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  /** The launch of a browser that sent no cookie. */
  async function launchWithout(
    started: Pick<Started, 'state' | 'nonce'>,
  ): Promise<{ response: Response; text: string; ticket: string }> {
    const claims = learnerClaims(platform, app, { nonce: started.nonce, [lti('custom')]: { course } });
    const response = await makeBrowser().post(`${app.url}/lti/launch`, {
      state: started.state,
      id_token: await platform.sign(claims),
    });
    const text = await response.text();
    return { response, text, ticket: /name="ticket" value="([^"]+)"/.exec(text)?.[1] ?? '' };
  }

  /** A login in a frame, or with the platform's storage: a page that keeps the secret and goes on. */
  async function loginPage(fields: Record<string, string>, headers: object = {}) {
    const browser = makeBrowser();
    const response = await browser.post(`${app.url}/lti/login`, loginFields(app, platform, fields), headers);
    const text = (await response.text()).replaceAll('&amp;', '&').replaceAll('&#34;', '"');
    const data = (name: string) => new RegExp(`data-${name}="([^"]*)"`).exec(text)?.[1];
    const next = new URL(data('next')!);
    return {
      browser,
      response,
      data,
      state: next.searchParams.get('state')!,
      nonce: next.searchParams.get('nonce')!,
    };
  }

  describe('a launch without its cookie', () => {
    it('is refused with a way on: a window of its own', async () => {
      const { response, text, ticket } = await launchWithout(await login(app, platform));
      assert.equal(response.status, 403);
      assert.match(text, /action="\/lti\/launch\/window" target="_blank"/);
      assert.doesNotMatch(text, /\/play/);
      assert.ok(ticket);
    });

    it('goes on in a window that has the cookie, once', async () => {
      const started = await login(app, platform);
      const { ticket } = await launchWithout(started);
      const response = await started.browser.post(`${app.url}/lti/launch/window`, { ticket });
      assert.equal(response.status, 303);
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch/window`, { ticket }),
        400,
        /used already/,
      );
    });

    it('begins again in a window that has not: the ticket is no key in another browser', async () => {
      const { ticket } = await launchWithout(await login(app, platform));
      const stranger = makeBrowser();
      const text = await assertRefused(
        await stranger.post(`${app.url}/lti/launch/window`, { ticket }),
        403,
        /did not begin/,
      );
      const fields = Object.fromEntries(
        [...text.replaceAll('&#34;', '"').matchAll(/name="([^"]+)" value="(.*?)">/g)].map(
          ([, name, value]) => [name!, value!],
        ),
      );
      assert.equal(fields.login_hint, '42');
      assert.equal(fields.lti_message_hint, '{"cmid":3}');
      assert.equal((await stranger.post(`${app.url}/lti/login`, fields)).status, 302);
      await assertRefused(await stranger.post(`${app.url}/lti/launch/window`, { ticket }), 400);
    });

    it('begins again with what the platform sent, however long that is', async () => {
      const hint = `{"jwt":"${'x'.repeat(8000)}"}`;
      const started = await login(app, platform, { lti_message_hint: hint, lti_deployment_id: '1' });
      assert.ok(started.state.length < 300, 'no address grows with it');
      const { ticket } = await launchWithout(started);
      const response = await makeBrowser().post(`${app.url}/lti/launch/window`, { ticket });
      const text = (await response.text()).replaceAll('&#34;', '"');
      assert.ok(text.includes(`name="lti_message_hint" value="${hint}"`));
      assert.match(text, /name="lti_deployment_id" value="1"/);
      assert.ok(text.includes(`name="client_id" value="${platform.clientId}"`));
    });

    it('waits two minutes', async () => {
      const started = await login(app, platform);
      const { ticket } = await launchWithout(started);
      clock.advance(121_000);
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch/window`, { ticket }),
        400,
        /waited too long/,
      );
    });

    it('still refuses a wrong token before it offers anything', async () => {
      const started = await login(app, platform);
      const { response, text } = await launchWithout({ ...started, nonce: 'another' });
      assert.doesNotMatch(text, /ticket/);
      assert.equal(response.status, 400);
    });
  });

  describe("the platform's storage", () => {
    it('gets the secret at the login, and proves with it at the launch', async () => {
      const started = await loginPage({ lti_storage_target: 'post_message_forwarding' });
      assert.equal(started.response.status, 200);
      assert.equal(started.data('frame'), 'post_message_forwarding');
      assert.equal(started.data('origin'), platform.url);
      const { response, text, ticket } = await launchWithout(started);
      assert.equal(response.status, 200);
      assert.match(text, /data-frame="post_message_forwarding"/);
      assert.ok(!text.includes(started.data('secret')!), 'the page does not know the secret');
      const proven = await makeBrowser().post(`${app.url}/lti/launch/proof`, {
        ticket,
        secret: started.data('secret')!,
      });
      assert.equal(proven.status, 303);
      await assertRefused(
        await makeBrowser().post(`${app.url}/lti/launch/proof`, { ticket, secret: started.data('secret')! }),
        400,
      );
    });

    it('refuses a wrong secret, and the ticket is gone', async () => {
      const started = await loginPage({ lti_storage_target: '_parent' });
      const { ticket } = await launchWithout(started);
      await assertRefused(
        await makeBrowser().post(`${app.url}/lti/launch/proof`, { ticket, secret: 'guessed' }),
        403,
        /another browser/,
      );
      await assertRefused(
        await makeBrowser().post(`${app.url}/lti/launch/proof`, { ticket, secret: started.data('secret')! }),
        400,
      );
    });

    it('is not asked when the cookie came', async () => {
      const started = await loginPage({ lti_storage_target: '_parent' });
      const claims = learnerClaims(platform, app, { nonce: started.nonce, [lti('custom')]: { course } });
      const response = await started.browser.post(`${app.url}/lti/launch`, {
        state: started.state,
        id_token: await platform.sign(claims),
      });
      assert.equal(response.status, 303);
    });
  });

  describe('a frame', () => {
    it('keeps the secret in its own storage, too', async () => {
      const started = await loginPage({}, { 'sec-fetch-dest': 'iframe' });
      assert.equal(started.response.status, 200);
      assert.equal(started.data('frame'), undefined);
      assert.equal(started.browser.cookies.get(started.data('key')!), started.data('secret'));
      const { ticket } = await launchWithout(started);
      const proven = await makeBrowser().post(`${app.url}/lti/launch/proof`, {
        ticket,
        secret: started.data('secret')!,
      });
      assert.equal(proven.status, 303);
    });
  });
});
