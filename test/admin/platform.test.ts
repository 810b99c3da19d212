import assert from 'node:assert/strict';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { refusals } from '../../src/lti/refusal.model.ts';
import { connect, launch, login } from '../lti/launching.ts';
import { addCourse } from '../lti/courses.ts';
import { learnerClaims, lti, makeBrowser, startPlatform, type TestPlatform } from '../lti/platform.ts';
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

  it('is reached from the list, and says that it was not checked yet', async () => {
    await agent.get('/admin/platforms').expect(200, new RegExp(`href="${path}"`));
    assert.match(await text(), /Not checked yet/);
    assert.match(await text(), /Last launch<\/dt><dd>None yet/);
  });

  it('says what a check finds, the worst first, and what to do', async () => {
    lms.answers['/jwks'] = [{ status: 500, body: '<h1>Oops</h1>' }];
    await post('check').expect(303).expect('Location', `${path}?said=checked`);
    const page = await text();
    assert.match(page, /Something that is needed does not work/);
    assert.match(page, /We are not given the keys.*500.*Oops/);
    assert.doesNotMatch(page, /<h1>Oops/);
    assert.ok(page.indexOf('We are not given the keys') < page.indexOf('It lets us send grades.'));
    assert.match(page, /Compare the address with the one that the LMS names/);
    await post('check').expect(303);
    assert.match(await text(), /Everything that was tried works/);
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
    assert.doesNotMatch(await text(), /None yet/);
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
  });
});
