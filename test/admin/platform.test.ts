import assert from 'node:assert/strict';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { beginCheck, lastCheck } from '../../src/lti/checks.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { refusals } from '../../src/lti/refusal.model.ts';
import { connect, launch, login } from '../lti/launching.ts';
import { addCourse } from '../lti/courses.ts';
import {
  agsEndpoint,
  learnerClaims,
  lti,
  makeBrowser,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('the page of a platform', () => {
  const clock = makeClock();
  let app: TestApp;
  let lms: TestPlatform;
  let agent: Agent;
  let csrf: string;
  let path: string;
  let course: string;
  let id: string;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    ({ agent, csrf } = await signedIn(app));
    lms = await startPlatform();
    await connect(app, lms);
    const workspace = await defaultWorkspace(app.ctx);
    await platforms(app.ctx.db).updateMany({}, { $set: { workspace } });
    await deployments(app.ctx.db).updateMany({}, { $set: { workspace } });
    course = await addCourse(app, 'Golf', workspace);
    id = (await findPlatformBy(app.ctx, lms.url, lms.clientId))!._id;
    path = `/admin/platforms/${id}`;
  });
  after(async () => {
    await lms.stop();
    await app.stop();
  });
  const platformOf = () => platforms(app.ctx.db).findOne({ _id: id }).lean();
  const text = async () => (await agent.get(path).expect(200)).text.replaceAll('&#39;', "'");
  const post = (what: string) => agent.post(`${path}/${what}`).type('form').send({ csrf });

  /** The page when the check that was begun is over. */
  async function checked(): Promise<string> {
    await post('check').expect(303).expect('Location', `${path}#connection`);
    for (;;) {
      const page = await text();
      if (!page.includes('data-soon')) return page;
    }
  }

  it('is reached from the list, and says that it was not checked yet', async () => {
    await agent.get('/admin/platforms').expect(200, new RegExp(`href="${path}"`));
    assert.match(await text(), /Not checked yet/);
    assert.match(await text(), /Last launch<\/dt><dd>None yet/);
  });

  it('ticks what the LMS has done on its way to the first course', async () => {
    assert.match(await text(), /Nobody has pressed a link to this tool yet/);
    await login(app, lms);
    const page = await text();
    assert.match(page, /Somebody has pressed a link to this tool\..*No launch has got through yet/s);
    assert.match(page, /id="begun" data-live/);
  });

  it('says what a check finds, the worst first, and what to do', async () => {
    // The LMS's answers have the real time, and ours has stood still since this file was read.
    clock.set(new Date());
    lms.answers['/jwks'] = [{ status: 500, body: '<h1>Oops</h1>' }];
    const page = await checked();
    assert.match(page, /Something that is needed does not work/);
    assert.match(page, /We are not given the keys.*500.*Oops/);
    assert.doesNotMatch(page, /<h1>Oops/);
    assert.ok(page.indexOf('We are not given the keys') < page.indexOf('It lets us send grades.'));
    assert.match(page, /Compare the address with the one that the LMS names/);
    assert.match(await checked(), /Everything that was tried works/);
  });

  describe('while a check is under way', () => {
    let release: () => void;
    beforeEach(async () => {
      const workspace = await defaultWorkspace(app.ctx);
      await platforms(app.ctx.db).updateOne({ _id: id }, { $set: { workspace } });
      const held = new Promise<void>((resolve) => (release = resolve));
      lms.pages['/jwks'] = async () => {
        await held;
        return { body: { keys: [] } };
      };
    });
    afterEach(() => {
      release();
      delete lms.pages['/jwks'];
    });
    const whole = async () => (await lastCheck(app.ctx, id))!;

    it('answers at once, and shows how far it is', async () => {
      const before = lms.asked('/jwks').length;
      await post('check').expect(303);
      let page = await text();
      while ((page.match(/looked at/g) ?? []).length < 2) page = await text();
      assert.match(page, /Checking …/);
      assert.match(page, /Its keys, and its clock<span[^>]*> waiting for an answer/);
      assert.match(page, /Who is let in<span[^>]*> looked at/);
      assert.match(page, /Reload this page to see how far it is/);
      await post('check').expect(303);
      assert.equal(await beginCheck(app.ctx, (await platformOf())!, undefined), undefined, 'another process');
      assert.equal(lms.asked('/jwks').length, before + 1, 'two clicks are one check');
      release();
      while ((page = await text()).includes('data-soon'));
      assert.match(page, /there is no key that can sign a launch/);
    });

    it('says that one came to no end whose process did, and takes nothing from it after another', async () => {
      const old = (await beginCheck(app.ctx, (await platformOf())!, undefined))!;
      clock.advance(61_000);
      assert.match(await text(), /The last check did not come to its end/);
      lms.pages['/jwks'] = () => ({ status: 403, body: 'new' });
      const page = await checked();
      assert.match(page, /We are not given the keys.*403/);
      const after = await whole();
      release();
      await old.finished;
      assert.deepEqual(await whole(), after);
    });
  });

  it('shows why launches were refused, with how often, and when one got through', async () => {
    const claims = learnerClaims(lms, app, { [lti('custom')]: { course } });
    for (let i = 0; i < 2; i++) {
      clock.advance(2000);
      const refused = await launch(app, lms, { ...claims, aud: 'somebody else' });
      assert.equal(refused.status, 400);
    }
    assert.match(await text(), /The launch is meant for another tool.*2 times/s);
    assert.match(await text(), /None yet/);
    const fresh = learnerClaims(lms, app, { [lti('custom')]: { course } });
    assert.equal((await launch(app, lms, fresh)).status, 303);
    assert.doesNotMatch(await text(), /None yet|First steps/);
  });

  it('shows a login that was refused, and a course that is gone', async () => {
    await makeBrowser().post(`${app.url}/lti/login`, {
      iss: lms.url,
      client_id: lms.clientId,
      login_hint: '1',
      target_link_uri: 'https://evil.example/',
    });
    const claims = learnerClaims(lms, app, { [lti('custom')]: { course: 'crs_gone' } });
    assert.equal((await launch(app, lms, claims)).status, 404);
    const page = await text();
    assert.match(page, /The address this link leads to is not one of ours/);
    assert.equal(await refusals(app.ctx.db).countDocuments({ platform: id, code: 'course-gone' }), 1);
  });

  it('tells the truth of a platform that does nothing right', async () => {
    clock.advance(2000);
    const links = { [lti('custom')]: { course }, [lti('resource_link')]: { id: 'wrong', title: 'Golf' } };
    const readable = { scope: [scopes.lineItemRead], lineitem: `${lms.url}/items/9` };
    await launch(app, lms, learnerClaims(lms, app, { ...links, [agsEndpoint]: readable }));
    const late = new Date(clock.now().getTime() - 90_000).toUTCString();
    lms.pages['/jwks'] = () => ({ headers: { Date: late }, body: { keys: [] } });
    lms.pages['/token'] = (form) =>
      form.get('scope') === scopes.lineItemRead
        ? { body: { access_token: 'x', expires_in: 60 } }
        : { status: 400, body: { error: 'invalid_scope' } };
    lms.pages['/items/9'] = () => ({ status: 418, body: 'I am a teapot' });
    try {
      const page = await checked();
      for (const sentence of [
        /no key that can sign a launch/,
        /Its clock is (89|90) seconds behind ours/,
        /It can read our keys: it has taken our signature/,
        /It does not let us send grades\. Answer: 400 .*invalid_scope/,
        /It does not let us see who is in a course/,
        /It lets us read the columns of its gradebook/,
        /The column of the newest link cannot be read\. Answer: 418 .*teapot/,
        /Last launch<\/dt><dd><time/,
      ])
        assert.match(page, sentence);
    } finally {
      for (const at of ['/jwks', '/token', '/items/9']) delete lms.pages[at];
    }
  });

  it('counts a flood of refusals without writing each', async () => {
    const started = await login(app, lms);
    const count = async () =>
      (await refusals(app.ctx.db).findOne({ code: 'lti-no-token' }).lean())?.count ?? 0;
    for (let i = 0; i < 5; i++) await started.browser.post(`${app.url}/lti/launch`, { state: started.state });
    assert.equal(await count(), 1);
    clock.advance(1500);
    await started.browser.post(`${app.url}/lti/launch`, { state: started.state });
    assert.equal(await count(), 6);
  });

  it('notes nothing for who is not connected, or sends rubbish', async () => {
    const before = await refusals(app.ctx.db).countDocuments({});
    const browser = makeBrowser();
    for (const form of [{ iss: 'https://nobody.example' }, { state: 'x.y' }, { iss: '__proto__' }, {}])
      for (const door of ['login', 'launch'])
        assert.ok((await browser.post(`${app.url}/lti/${door}`, form as never)).status < 500);
    assert.equal(await refusals(app.ctx.db).countDocuments({}), before);
  });

  describe('where the services of an LMS are somewhere else', () => {
    const host = 'grades.example.net';
    before(async () => {
      const workspace = await defaultWorkspace(app.ctx);
      await platforms(app.ctx.db).updateOne({ _id: id }, { $set: { workspace } });
    });
    const away = () =>
      learnerClaims(lms, app, {
        [lti('custom')]: { course },
        [lti('resource_link')]: { id: 'away', title: 'Golf' },
        [agsEndpoint]: { scope: [], lineitem: `http://${host}/items/7` },
      });
    const settings = (more: object) => {
      const address = { authorizationEndpoint: `${lms.url}/authorize`, tokenEndpoint: `${lms.url}/token` };
      const form = { csrf, name: 'Test LMS', ...address, jwksUri: `${lms.url}/jwks`, ...more };
      return agent.post(`${path}/settings`).type('form').send(form);
    };

    it('says so to who was refused, and in the next check what to add', async () => {
      const refused = await launch(app, lms, away());
      assert.equal(refused.status, 400);
      assert.match(await refused.text(), new RegExp(`services are somewhere else.*at ${host}`, 's'));
      assert.match(
        await checked(),
        new RegExp(`Launches were refused.*at ${host}.*press Change and add.*: ${host}`, 's'),
      );
    });

    it('lets an administrator allow them, for this LMS', async () => {
      await settings({ serviceHosts: `https://${host}/items, other.example.net` }).expect(
        303,
        /said=changed/,
      );
      assert.deepEqual((await platformOf())!.serviceHosts, [host, 'other.example.net']);
      assert.equal((await launch(app, lms, away())).status, 303);
      assert.doesNotMatch(await checked(), /Launches were refused because/);
      await agent.get(`${path}/settings`).expect(200, /other\.example\.net/);
      await settings({}).expect(303);
      assert.equal((await launch(app, lms, away())).status, 400);
    });

    it('has what was held back for want of a host looked at again at once', async () => {
      const { _id: lane, workspace } = (await platformOf())!;
      const about = { platform: lane };
      await enqueue(app.ctx, { workspace, kind: 'column', key: 'held', lane, about, body: {} });
      const soon = new Date(clock.now().getTime() + 600_000);
      await deliveries(app.ctx.db).updateOne({ key: 'held' }, { $set: { mark: 'held', nextAt: soon } });
      await agent.get('/admin/deliveries').expect(200, /Held back here/);
      await settings({ serviceHosts: host }).expect(303);
      const row = (await deliveries(app.ctx.db).findOneAndDelete({ key: 'held' }).lean())!;
      assert.deepEqual([row.status, row.nextAt <= clock.now()], ['waiting', true]);
      await settings({}).expect(303);
    });

    it('takes nothing that is none, says each fault at its field, and keeps what was typed', async () => {
      const before = await platformOf();
      const { text: shown } = await settings({
        name: ' ',
        jwksUri: 'ftp://x.example',
        serviceHosts: 'good.example.net\n169.254.169.254',
      }).expect(422);
      for (const field of ['name', 'jwksUri', 'serviceHosts']) {
        assert.ok(shown.includes(`href="#field-${field}"`), field);
        assert.match(shown, new RegExp(`id="field-${field}"[^>]* aria-invalid="true"`));
      }
      assert.ok(!shown.includes('href="#field-tokenEndpoint"'));
      assert.match(shown, /good\.example\.net\n169\.254\.169\.254/);
      for (const serviceHosts of [
        'localhost',
        ['a.example', 'b.example'],
        'x.example '.repeat(601),
        many(21),
      ])
        await settings({ serviceHosts }).expect(422);
      assert.deepEqual(await platformOf(), before);
    });

    it('changes what was typed wrong once, and takes the audience away again', async () => {
      await settings({ name: 'Renamed', audience: 'https://aud.example' }).expect(303);
      const { name, authorizationServer } = (await platformOf())!;
      assert.deepEqual([name, authorizationServer], ['Renamed', 'https://aud.example']);
      await settings({}).expect(303);
      assert.equal((await platformOf())!.authorizationServer, undefined);
    });

    it('leaves one of lti-config.json to that file', async () => {
      const { lti: file } = app.ctx.config;
      const before = file.platforms;
      file.platforms = [{ issuer: lms.url, client_id: lms.clientId } as (typeof before)[number]];
      try {
        await agent.get(`${path}/settings`).expect(200, /stands in lti-config\.json/);
        await settings({ name: 'Mine' }).expect(409);
        assert.notEqual((await platformOf())!.name, 'Mine');
      } finally {
        file.platforms = before;
      }
      await platforms(app.ctx.db).updateOne({ _id: id }, { $set: { workspace: 'wsp_test' } });
      await connect(app, lms, { service_hosts: [host] });
      assert.deepEqual((await platformOf())!.serviceHosts, [host]);
    });

    const many = (count: number) => Array.from({ length: count }, (_, i) => `h${i}.example`).join(' ');
  });

  it('sends all again that was given up, of this platform only', async () => {
    const { workspace } = (await platformOf())!;
    const note = { workspace, kind: 'note', body: {}, about: {} };
    for (const key of ['a', 'b']) await enqueue(app.ctx, { ...note, key, lane: id });
    await enqueue(app.ctx, { ...note, key: 'c', lane: 'another' });
    await deliveries(app.ctx.db).updateMany({}, { $set: { status: 'given up' } });
    assert.match(await text(), /Given up<\/dt><dd>2</);
    await post('send').expect(303);
    const waiting = await deliveries(app.ctx.db).find({ status: 'waiting' }).lean();
    assert.deepEqual(waiting.map(({ key }) => key).sort(), ['a', 'b']);
    assert.match(await text(), /Waiting<\/dt><dd>2</);
  });

  it('is nobody else’s', async () => {
    await platforms(app.ctx.db).updateOne({ _id: id }, { $set: { workspace: 'wsp_other' } });
    await agent.get(path).expect(404);
    await post('check').expect(404);
    await post('send').expect(404);
    await agent.get(`${path}/settings`).expect(404);
    await post('settings').expect(404);
  });
});
