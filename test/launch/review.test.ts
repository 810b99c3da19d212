import assert from 'node:assert/strict';
import { links } from '../../src/attempts/link.model.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { startAgain } from '../../src/attempts/again.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { disablePlatform, enablePlatform } from '../../src/lti/platforms.ts';
import { newId } from '../../src/store/id.ts';
import { assertRefused, connectWithoutKey, launch } from '../lti/launching.ts';
import {
  agsEndpoint,
  learnerClaims,
  lti,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { addGolf, begin, play } from './reviewed.ts';

const teacher = { sub: '7', name: 'Ina Instructor', [lti('roles')]: [membershipRole('Instructor')] };

describe("a learner's work, from the gradebook", () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let connected: string;
  let course: string;
  /** Sam's finished attempt, and one that Eve has begun. */
  let sams: AttemptRecord;
  let eves: AttemptRecord;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    connected = (await connectWithoutKey(app, platform))._id;
    course = await addGolf(app);
    sams = await play(app, await begin(app, platform, course));
    eves = await begin(app, platform, course, { sub: '43', name: 'Eve Else' });
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  /** A request to see what `for_user` has done, by a teacher unless said otherwise. */
  const request = (forUser: unknown, more: object = {}, on = platform) =>
    learnerClaims(on, app, {
      ...teacher,
      [lti('message_type')]: 'LtiSubmissionReviewRequest',
      ...(forUser === undefined ? {} : { [lti('for_user')]: forUser }),
      ...more,
    });
  const ask = (forUser: unknown, more: object = {}, on = platform) =>
    launch(app, on, request(forUser, more, on));
  /** A launch of the address that a score on a Canvas has. */
  const visit = (attempt: string, more: object = {}, on = platform) =>
    launch(
      app,
      on,
      learnerClaims(on, app, {
        ...teacher,
        [lti('resource_link')]: { id: 'speedgrader' },
        [lti('target_link_uri')]: `${app.url}/lti/launch?attempt=${attempt}`,
        ...more,
      }),
    );
  async function read(answer: Response): Promise<string> {
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return text;
  }
  const ticketIn = (text: string) => /name="ticket" value="([^"]+)"/.exec(text)![1]!;
  const post = (path: string, fields: object) =>
    app.app.post(path).type('form').set('Accept', 'text/html').send(fields);

  describe('a teacher', () => {
    it('sees what a learner has done, its questions and answers', async () => {
      const text = await read(await ask({ user_id: '42' }));
      assert.match(text, /<h1>.*Sam Student/);
      assert.match(text, /Passed/);
      assert.match(text, /80%/);
      assert.match(text, /Etiquette/);
      assert.match(text, /who-plays-first/);
      assert.match(text, /Watch out &lt;b&gt;there&lt;\/b&gt;/);
      assert.match(text, /Correct: Fore!/);
      assert.doesNotMatch(text, /set-cookie/i);
    });
    it('finds it by the column where the platform names no link', async () => {
      const claims = request({ user_id: '42' });
      delete claims[lti('resource_link')];
      assert.match(await read(await launch(app, platform, claims)), /Sam Student/);
      const unknown = { [agsEndpoint]: { scope: [], lineitem: `${platform.url}/items/other` } };
      assert.match(
        await read(await launch(app, platform, { ...claims, ...unknown })),
        /Nothing has been done/,
      );
    });
    it('is told so where nothing has been done', async () => {
      for (const user_id of ['unknown', '7'])
        assert.match(await read(await ask({ user_id })), /Nothing has been done here yet/);
      const elsewhere = { [lti('resource_link')]: { id: 'never-opened' } };
      assert.match(await read(await ask({ user_id: '42' }, elsewhere)), /Nothing has been done here yet/);
    });
    it('chooses among attempts, and opens the course as it was left, where nothing is recorded', async () => {
      const { token } = await startLaunch(app.ctx, sams, { mode: 'normal' });
      const second = await startAgain(app.ctx, token);
      const text = await read(await ask({ user_id: '42' }));
      assert.match(text, /Attempt 1 of 2/, 'the last with something in it');
      const ticket = ticketIn(text);
      const other = await post('/lti/review', { ticket, attempt: second._id });
      assert.equal(other.status, 200);
      assert.match(other.text, /Attempt 2 of 2/);
      const before = await attempts(app.ctx.db).find({ learner: sams.learner }).lean();
      const answer = await post('/lti/review/look', { ticket, attempt: sams._id });
      assert.equal(answer.status, 303);
      const opened = await takeLaunch(app.ctx, new URL(answer.headers.location!).hash.slice(1));
      assert.equal(opened.launch.mode, 'review');
      assert.equal(opened.launch.returnUrl, undefined);
      assert.equal(opened.attempt._id, sams._id);
      assert.deepEqual(await attempts(app.ctx.db).find({ learner: sams.learner }).lean(), before);
      await attempts(app.ctx.db).deleteOne({ _id: second._id });
    });
    it('may have a role below teacher that grades', async () => {
      const role = 'http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant';
      assert.match(await read(await ask({ user_id: '42' }, { [lti('roles')]: [role] })), /Sam Student/);
    });
  });

  describe('a learner', () => {
    const self = { sub: '42', name: 'Sam Student', [lti('roles')]: [membershipRole('Learner')] };
    it('sees their own, without what would have been right', async () => {
      const text = await read(await ask({ user_id: '42' }, self));
      assert.match(text, /<h1>.*Your work/);
      assert.match(text, /Watch out/);
      assert.doesNotMatch(text, /Fore!/);
    });
    it("is refused another's", async () => {
      await assertRefused(await ask({ user_id: '43' }, self), 403, /somebody else's work/);
      await assertRefused(await visit(eves._id, self), 403, /somebody else's work/);
      // Nor does a refusal say whether somebody is there.
      await assertRefused(await ask({ user_id: 'nobody' }, self), 403, /somebody else's work/);
    });
    it('may open the course when the attempt is finished, not before', async () => {
      const mine = ticketIn(await read(await ask({ user_id: '42' }, self)));
      assert.equal((await post('/lti/review/look', { ticket: mine, attempt: sams._id })).status, 303);
      const { token } = await startLaunch(app.ctx, sams, { mode: 'normal' });
      const second = await startAgain(app.ctx, token);
      assert.equal((await post('/lti/review/look', { ticket: mine, attempt: sams._id })).status, 303);
      const page = await post('/lti/review', { ticket: mine, attempt: second._id });
      assert.doesNotMatch(page.text, /Open the course as it was left/);
      const answer = await post('/lti/review/look', { ticket: mine, attempt: second._id });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /not finished yet/);
      await attempts(app.ctx.db).deleteOne({ _id: second._id });
    });
    it('who has no role here sees their own only', async () => {
      const guest = { ...self, [lti('roles')]: [] };
      await assertRefused(await ask({ user_id: '43' }, guest), 403, /somebody else's work/);
    });
    it("as a teacher's test user has no work", async () => {
      const test = [membershipRole('Learner'), 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'];
      await launch(
        app,
        platform,
        learnerClaims(platform, app, { sub: 'test', [lti('roles')]: test, [lti('custom')]: { course } }),
      );
      assert.match(await read(await ask({ user_id: 'test' })), /Nothing has been done here yet/);
      assert.match(
        await read(await ask({ user_id: 'test' }, { sub: 'test', [lti('roles')]: test })),
        /Nothing has/,
      );
      await assertRefused(
        await ask({ user_id: '42' }, { sub: 'test', [lti('roles')]: test }),
        403,
        /somebody else's work/,
      );
    });
  });

  describe('a request', () => {
    it('that does not say whose work is refused', async () => {
      for (const forUser of [
        undefined,
        null,
        {},
        'x',
        { user_id: '' },
        { user_id: 7 },
        { user_id: 'x'.repeat(256) },
      ])
        await assertRefused(await ask(forUser), 400, /for_user/);
    });
    it('of another LMS, or of another place in this one, sees nothing of it', async () => {
      const other = await startPlatform();
      await connectWithoutKey(app, other);
      const column = { [agsEndpoint]: { scope: [], lineitem: `${other.url}/items/7?type_id=1` } };
      assert.match(await read(await ask({ user_id: '42' }, column, other)), /Nothing has been done/);
      await assertRefused(await visit(sams._id, column, other), 404, /no such attempt/);
      await other.stop();
      for (const [deploymentId, workspace] of [
        ['tenant', 'wsp_other'],
        ['department', 'wsp_test'],
      ] as const) {
        const place = { platform: connected, deploymentId, workspace, name: '' };
        const row = { ...place, _id: newId('dep'), status: 'approved' as const, createdAt: clock.now() };
        await deployments(app.ctx.db).create(row);
        const elsewhere = { [lti('deployment_id')]: deploymentId };
        assert.match(await read(await ask({ user_id: '42' }, elsewhere)), /Nothing has been done/);
        await assertRefused(await visit(sams._id, elsewhere), 404, /no such attempt/);
      }
    });
    it('from another course of the LMS sees nothing of it', async () => {
      const elsewhere = { [lti('context')]: { id: 'another', title: 'Chess' } };
      assert.match(await read(await ask({ user_id: '42' }, elsewhere)), /Nothing has been done/);
      await assertRefused(await visit(sams._id, elsewhere), 404, /no such attempt/);
    });
  });

  describe('the address that a score on a Canvas has', () => {
    it('shows that attempt to a teacher, and to the learner', async () => {
      assert.match(await read(await visit(sams._id)), /<h1>.*Sam Student/);
      assert.match(
        await read(await visit(sams._id, { sub: '42', [lti('roles')]: [membershipRole('Learner')] })),
        /<h1>.*Your work/,
      );
    });
    it('is nothing where it names none of ours', async () => {
      for (const name of ['att_unknown', '[$ne]', '%00', 'x'.repeat(5000)])
        await assertRefused(await visit(name), 404, /no such attempt/);
      const preview = await begin(app, platform, course, { sub: '9', [lti('roles')]: [] });
      assert.equal(preview.graded, false);
      await assertRefused(await visit(preview._id), 404, /no such attempt/);
    });
    it('is believed only where the platform has signed it', async () => {
      const answer = await launch(
        app,
        platform,
        learnerClaims(platform, app, { [lti('custom')]: { course } }),
        {
          login: { target_link_uri: `${app.url}/lti/launch?attempt=${sams._id}` },
        },
      );
      assert.equal(answer.status, 303);
    });
  });

  describe('the page', () => {
    let ticket: string;
    beforeEach(async () => {
      ticket = ticketIn(await read(await ask({ user_id: '42' })));
    });
    it('opens nothing but what it was opened for', async () => {
      for (const attempt of [eves._id, 'att_unknown', ''])
        for (const path of ['/lti/review', '/lti/review/look']) {
          const answer = await post(path, { ticket, attempt });
          assert.equal(answer.status, 404, `${path} ${attempt}`);
          assert.doesNotMatch(answer.text, /Eve/);
        }
    });
    it('is good for an hour', async () => {
      clock.advance(3599_000);
      assert.equal((await post('/lti/review', { ticket, attempt: sams._id })).status, 200);
      clock.advance(2_000);
      assert.equal((await post('/lti/review', { ticket, attempt: sams._id })).status, 410);
      assert.equal((await post('/lti/review', { ticket: 'guess', attempt: sams._id })).status, 410);
    });
    it('ends with its LMS', async () => {
      await disablePlatform(app.ctx, 'wsp_test', connected);
      assert.equal((await post('/lti/review/look', { ticket, attempt: sams._id })).status, 403);
      await enablePlatform(app.ctx, 'wsp_test', connected);
    });
    it('takes no token from an address', async () => {
      const answer = await app.app
        .post(`/lti/review?ticket=${ticket}&attempt=${sams._id}`)
        .type('form')
        .send({});
      assert.equal(answer.status, 400);
    });
  });

  it('has its link where a teacher made it play another course since', async () => {
    const other = await addGolf(app);
    await links(app.ctx.db).updateOne({ _id: sams.link }, { $set: { course: other } });
    assert.match(await read(await ask({ user_id: '42' })), /Sam Student/);
    await links(app.ctx.db).updateOne({ _id: sams.link }, { $set: { course } });
  });
});
