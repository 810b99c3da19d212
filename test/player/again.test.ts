import assert from 'node:assert/strict';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { launches } from '../../src/attempts/launch.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import { courses } from '../../src/packages/course.model.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import type { PlayRules } from '../../src/packages/play-rules.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { freePort, startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { scorm12Package } from '../support/make-package.ts';
import { addCourse, launch, type Ingested } from './world.ts';

const hour = 3_600_000;
const clock = makeClock();
let app: TestApp;
let course: Ingested;
before(async () => {
  app = await startApp({ overrides: { now: clock.now } });
  course = await addCourse(app, scorm12Package({ title: 'Again and again' }));
});
after(() => app?.stop());
afterEach(() => rule(undefined));

const post = (path: string, token: string) => app.content.post(path).set('Authorization', `Bearer ${token}`);
const rule = (play: Partial<PlayRules> | undefined) =>
  courses(app.ctx.db).updateOne(
    { _id: course.course._id },
    play ? { $set: { play } } : { $unset: { play: 1 } },
  );
const now = async (_id: string) => (await attempts(app.ctx.db).findOne({ _id }).lean<AttemptRecord>())!;
const allOf = ({ link, learner }: AttemptRecord) =>
  attempts(app.ctx.db).find({ link, learner }).sort({ number: 1 }).lean<AttemptRecord[]>();

const set = (element: string, value: string): Act => ({ do: 'set', activity: 'item_1', element, value });
const begin: Act[] = [
  { do: 'open', activity: 'item_1' },
  { do: 'initialize', activity: 'item_1' },
];
const finish: Act[] = [
  set('cmi.core.lesson_status', 'passed'),
  set('cmi.core.score.raw', '80'),
  { do: 'terminate', activity: 'item_1', ms: 1_000 },
];

type Opened = Awaited<ReturnType<typeof launch>>;
const commit = ({ token, launch: { _id } }: Pick<Opened, 'token' | 'launch'>, patch: Act[], seq = 1) =>
  post('/play/commit', token).send({ launch: _id, seq, patch });

/** A learner who has finished an attempt, and has opened the course once more. */
async function finished(who: string): Promise<Opened> {
  await commit(await launch(app, course, { who }), [...begin, ...finish]).expect(200);
  return launch(app, course, { who });
}

describe('POST /play/open, of an attempt that has begun', () => {
  it('has nothing to ask of a first launch, nor of one that goes on', async () => {
    const first = await launch(app, course, { who: 'amy' });
    const { body } = await post('/play/open', first.token).expect(200);
    assert.deepEqual(body.standing, {
      stand: 'new',
      number: 1,
      most: 0,
      window: 'here',
      ask: false,
      offers: ['goOn'],
    });
    await commit(first, begin).expect(200);
    const { body: again } = await post('/play/open', (await launch(app, course, { who: 'amy' })).token);
    assert.deepEqual([again.standing.stand, again.standing.ask], ['begun', false]);
  });

  it('tells of a first one what there is to know where attempts are counted, or time is, and of no other', async () => {
    const open = async (who: string, of = course) => {
      const opened = await launch(app, of, { who });
      await links(app.ctx.db).updateOne(
        { _id: opened.attempt.link },
        { $set: { lineItem: 'https://lms.example/1' } },
      );
      return { opened, standing: (await post('/play/open', opened.token).expect(200)).body.standing };
    };
    await rule({ attempts: 2 });
    const { opened, standing } = await open('tia');
    assert.deepEqual([standing.tells, standing.ask, standing.most], [true, false, 2]);
    assert.deepEqual(standing.grade, { keep: 'best', points: 100 });
    await commit(opened, begin).expect(200);
    assert.equal((await open('tia')).standing.tells, undefined, 'it goes on');
    await rule(undefined);
    assert.equal((await open('tom')).standing.tells, undefined);
    const timed = await addCourse(app, scorm12Package({ title: 'Timed', maxTimeAllowed: '00:30:00' }));
    const first = await open('tom', timed);
    assert.equal(first.standing.tells, true);
    await links(app.ctx.db).updateOne({ _id: first.opened.attempt.link }, { $unset: { lineItem: 1 } });
    const { body } = await post('/play/open', first.opened.token).expect(200);
    assert.deepEqual([body.standing.isUngraded, body.standing.grade], [true, undefined]);
    await links(app.ctx.db).updateOne({ _id: opened.attempt.link }, { $unset: { lineItem: 1 } });
  });

  it('says what may be done with a finished one, what counts, and what it came to', async () => {
    const { token, attempt } = await finished('ben');
    const rules = { keep: 'last', counts: 'score', points: 50 };
    await links(app.ctx.db).updateOne(
      { _id: attempt.link },
      { $set: { lineItem: 'https://lms.example/1', rules } },
    );
    await rule({ attempts: 3, window: 'new' });
    const { body } = await post('/play/open', token).expect(200);
    assert.deepEqual(body.standing, {
      stand: 'finished',
      number: 1,
      most: 3,
      window: 'new',
      ask: true,
      offers: ['again', 'review'],
      grade: { keep: 'last', points: 50, given: 40 },
    });
    await links(app.ctx.db).updateOne({ _id: attempt.link }, { $set: { play: { attempts: 1 } } });
    const { body: stricter } = await post('/play/open', token).expect(200);
    assert.deepEqual([stricter.standing.most, stricter.standing.offers], [1, ['review']]);
    await links(app.ctx.db).updateOne({ _id: attempt.link }, { $unset: { play: 1, lineItem: 1 } });
  });

  it('takes nothing more for one that is handed in, whatever the browser says', async () => {
    await rule({ attempts: 1 });
    const opened = await finished('cat');
    const before = await now(opened.attempt._id);
    const { body } = await post('/play/open', opened.token).expect(200);
    assert.equal(body.settings.mode, 'review');
    await commit(opened, [...begin, set('cmi.core.lesson_status', 'failed')]).expect(200);
    const after = await now(opened.attempt._id);
    assert.deepEqual([after.revision, after.state], [before.revision, before.state]);
    const { body: refused } = await post('/play/again', opened.token).expect(409);
    assert.equal(refused.code, 'not-again');
    assert.match(refused.detail, /may be taken 1 times/);
  });
});

describe('POST /play/again', () => {
  it('goes on with a new attempt, on what is published now, with the same token', async () => {
    const opened = await finished('dan');
    const newer = (await addCourse(app, scorm12Package({ title: 'Newer' }))).version._id;
    await courses(app.ctx.db).updateOne({ _id: course.course._id }, { $set: { published: newer } });
    await post('/play/again', opened.token).expect(200, {});
    const { body } = await post('/play/open', opened.token).expect(200);
    assert.notEqual(body.launch, opened.launch._id);
    assert.deepEqual([body.title, body.seq, body.standing.number, body.standing.ask], ['Newer', 0, 2, false]);
    await commit({ token: opened.token, launch: { ...opened.launch, _id: body.launch } }, begin).expect(200);
    const [first, second] = await allOf(opened.attempt);
    assert.deepEqual([second!.number, second!.version, second!.revision], [2, newer, 1]);
    assert.deepEqual([first!.progress.success, first!.launch], ['passed', undefined]);
    // What was under way when it was pressed goes nowhere.
    await commit(opened, [set('cmi.core.lesson_status', 'failed')], 2).expect(401);
    assert.equal((await allOf(opened.attempt))[1]!.revision, 1);
    await courses(app.ctx.db).updateOne(
      { _id: course.course._id },
      { $set: { published: course.version._id } },
    );
  });

  it('comes to one new attempt when it is pressed twice, also when the first answer was lost', async () => {
    const opened = await finished('eve');
    await Promise.all([1, 2, 3].map(() => post('/play/again', opened.token).expect(200)));
    await post('/play/again', opened.token).expect(200);
    assert.equal((await allOf(opened.attempt)).length, 2);
    await post('/play/open', opened.token).expect(200);
    const left = await launches(app.ctx.db).countDocuments({
      attempt: (await allOf(opened.attempt))[1]!._id,
    });
    assert.equal(left, 1, 'one launch of it, and no remains');
  });

  it('comes to one new attempt in two windows at once, within the limit; the last one has it', async () => {
    await rule({ attempts: 2 });
    const windows = [await finished('fay'), await launch(app, course, { who: 'fay' })];
    await Promise.all(windows.map(({ token }) => post('/play/again', token).expect(200)));
    const all = await allOf(windows[0]!.attempt);
    assert.equal(all.length, 2);
    const opened = await Promise.all(windows.map(({ token }) => post('/play/open', token)));
    assert.deepEqual(opened.map(({ status }) => status).sort(), [200, 409]);
    const winner = windows[opened.findIndex(({ status }) => status === 200)]!;
    const { body } = await post('/play/open', winner.token);
    await commit({ ...winner, launch: { ...winner.launch, _id: body.launch } }, [...begin, ...finish]);
    const over = await launch(app, course, { who: 'fay' });
    await post('/play/again', over.token).expect(409);
    assert.equal((await allOf(over.attempt)).length, 2);
  });

  it('ends what another window has open in the old attempt, as if that one had died', async () => {
    await rule({ again: 'always' });
    const busy = await launch(app, course, { who: 'gil' });
    await commit(busy, [...begin, set('cmi.core.lesson_location', '3')]).expect(200);
    const other = await launch(app, course, { who: 'gil' });
    await post('/play/again', other.token).expect(200);
    const { state, launch: left } = await now(busy.attempt._id);
    assert.equal(left, undefined);
    const { item_1 } = (JSON.parse(state) as { activities: Record<string, Record<string, unknown>> })
      .activities;
    assert.deepEqual([item_1!.suspended, item_1!.running], [true, undefined]);
    const { body } = await commit(busy, [set('cmi.core.lesson_location', '4')], 2).expect(409);
    assert.equal(body.code, 'opened-elsewhere');
  });

  it('starts nothing again that has not begun, and nothing that is not to be', async () => {
    const fresh = await launch(app, course, { who: 'hal' });
    await post('/play/again', fresh.token).expect(200);
    assert.equal((await allOf(fresh.attempt)).length, 1);
    await commit(fresh, begin).expect(200);
    const { body } = await post('/play/again', fresh.token).expect(409);
    assert.equal(body.code, 'not-again');
    await rule({ again: 'never' });
    await post('/play/again', (await finished('ida')).token).expect(409);
    await rule(undefined);
    const gone = await addCourse(app, scorm12Package({ title: 'Gone' }));
    const lost = await launch(app, gone, { who: 'ida' });
    await commit(lost, [...begin, ...finish]).expect(200);
    await removeCourse(app.ctx, 'wsp_test', gone.course._id);
    await post('/play/again', lost.token).expect(409);
  });

  it('starts a preview from the beginning at any time', async () => {
    await rule({ again: 'never', attempts: 1 });
    const preview = await launch(app, course, { who: 'jan', graded: false });
    await commit(preview, begin).expect(200);
    await post('/play/again', preview.token).expect(200);
    assert.equal((await allOf(preview.attempt)).at(-1)!.number, 2);
  });

  it('neither starts nor takes over anything for somebody who only looks', async () => {
    const opened = await finished('kim');
    const look = await launch(app, course, { who: 'kim', mode: 'review' });
    assert.equal((await now(opened.attempt._id)).launch, opened.launch._id, 'the learner is not disturbed');
    const { body } = await post('/play/open', look.token).expect(200);
    assert.deepEqual([body.settings.mode, body.standing], ['review', undefined]);
    for (const path of ['/play/again', '/play/resume', '/play/window']) {
      const { body: refused } = await post(path, look.token).expect(403);
      assert.equal(refused.code, 'only-looking');
    }
    await post('/play/alive', look.token).expect(200);
    await post('/play/open', opened.token).expect(200);
  });

  it('lives no longer than the launch did', async () => {
    const opened = await finished('lou');
    clock.advance(23 * hour);
    await post('/play/again', opened.token).expect(200);
    clock.advance(2 * hour);
    const { body } = await post('/play/open', opened.token).expect(401);
    assert.equal(body.code, 'launch-expired');
    for (const path of ['/play/again', '/play/resume', '/play/window', '/play/watch'])
      await post(path, opened.token).expect(401);
  });

  const strange = [
    '',
    'x',
    'Bearer',
    `Bearer ${'a'.repeat(32)}`,
    'Bearer {"$ne":1}',
    `Bearer ticket_${'a'.repeat(32)}`,
  ];
  for (const authorization of strange) {
    it(`refuses the authorization "${authorization}"`, async () => {
      for (const path of ['/play/again', '/play/resume', '/play/enter', '/play/window', '/play/watch']) {
        const { body } = await app.content
          .post(path)
          .set('Authorization', authorization)
          .send({})
          .expect(401);
        assert.ok(body.title && body.detail);
      }
    });
  }

  it('is only on the origin of courses, and only by POST', async () => {
    const { token } = await launch(app, course, { who: 'mia' });
    for (const path of ['/play/again', '/play/resume', '/play/window', '/play/watch']) {
      await app.app.post(path).set('Authorization', `Bearer ${token}`).expect(404);
      await app.content.get(path).set('Authorization', `Bearer ${token}`).expect(404);
    }
  });
});

describe('POST /play/resume', () => {
  it('takes an attempt back that was opened elsewhere, and back again', async () => {
    const [one, two] = [await launch(app, course, { who: 'ned' }), await launch(app, course, { who: 'ned' })];
    await commit(two, begin).expect(200);
    await post('/play/open', one.token).expect(409);
    await post('/play/resume', one.token).expect(200, {});
    const { body } = await post('/play/open', one.token).expect(200);
    await commit(two, [set('cmi.core.lesson_location', '2')], 2).expect(409);
    await commit({ ...one, launch: { ...one.launch, _id: body.launch } }, begin).expect(200);
    await post('/play/resume', two.token).expect(200);
    await post('/play/resume', two.token).expect(200);
    await post('/play/open', two.token).expect(200);
    await post('/play/open', one.token).expect(409);
  });

  it('goes on with the attempt that was started meanwhile', async () => {
    const one = await finished('oda');
    const two = await launch(app, course, { who: 'oda' });
    await post('/play/again', two.token).expect(200);
    await post('/play/resume', one.token).expect(200);
    const { body } = await post('/play/open', one.token).expect(200);
    assert.equal(body.standing.number, 2);
  });
});

describe('POST /play/window', () => {
  const ticketOf = async (token: string) => {
    const { body } = await post('/play/window', token).expect(200);
    return new URL(body.address as string).hash.slice(1);
  };

  it('gives a ticket that opens one window, once', async () => {
    const opened = await launch(app, course, {
      who: 'pam',
      returnUrl: 'https://lms.example/',
      platformName: 'Moodle',
    });
    const ticket = await ticketOf(opened.token);
    assert.doesNotMatch(JSON.stringify(await launches(app.ctx.db).find().lean()), new RegExp(ticket));
    const { body: before } = await post('/play/watch', opened.token).expect(200);
    assert.equal(before.launch, opened.launch._id);
    const { token } = (await post('/play/enter', ticket).expect(200)).body;
    const { body } = await post('/play/open', token).expect(200);
    assert.deepEqual([body.returnUrl, body.platformName], ['https://lms.example/', 'Moodle']);
    await commit({ token, launch: { ...opened.launch, _id: body.launch } }, [...begin, ...finish]).expect(
      200,
    );
    const { body: watched } = await post('/play/watch', opened.token).expect(200);
    assert.deepEqual(
      [watched.launch, watched.progress.success, watched.standing.stand],
      [body.launch, 'passed', 'finished'],
    );
    const { body: used } = await post('/play/enter', ticket).expect(401);
    assert.equal(used.code, 'ticket-used');
    // A ticket is a key to one thing only.
    const unused = await ticketOf(opened.token);
    for (const path of [
      '/play/open',
      '/play/commit',
      '/play/status',
      '/play/again',
      '/play/resume',
      '/play/window',
      '/play/watch',
    ])
      await post(path, unused).send({ launch: body.launch, seq: 2, patch: [] }).expect(401);
  });

  it('gives one that holds for ten minutes, and no longer than the launch; an older one ends with a newer', async () => {
    const { token } = await launch(app, course, { who: 'quin' });
    const first = await ticketOf(token);
    const second = await ticketOf(token);
    await post('/play/enter', first).expect(401);
    clock.advance(10 * 60_000);
    await post('/play/enter', second).expect(401);
    clock.advance(24 * hour - 15 * 60_000);
    const { body } = await post('/play/enter', await ticketOf(token)).expect(200);
    const last = await ticketOf(token);
    clock.advance(6 * 60_000);
    await post('/play/enter', last).expect(401);
    await post('/play/status', body.token).expect(401);
  });

  it('opens it for two that come with the same ticket only once', async () => {
    const ticket = await ticketOf((await launch(app, course, { who: 'ray' })).token);
    const answers = await Promise.all([1, 2].map(() => post('/play/enter', ticket)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
  });
});

describe('starting again where each version has an origin of its own', () => {
  it('leads to the origin of the new version', async () => {
    const port = await freePort();
    const starred = await startApp({ env: { CONTENT_URL: `http://*.content.localhost:${port}` } });
    try {
      const one = await addCourse(starred, scorm12Package({ title: 'One' }));
      const { token, launch: record } = await launch(starred, one, { graded: false });
      const hostOf = ({ version }: Ingested) => `${version._id.replaceAll('_', '-')}.content.localhost`;
      const ask = (path: string, key: string, host: string, body: object = {}) =>
        starred.app
          .post(path)
          .set('Host', `${host}:${port}`)
          .set('Authorization', `Bearer ${key}`)
          .send(body);
      await ask('/play/commit', token, hostOf(one), { launch: record._id, seq: 1, patch: begin }).expect(200);
      const two = await addCourse(starred, scorm12Package({ title: 'Two' }));
      await courses(starred.ctx.db).updateOne(
        { _id: one.course._id },
        { $set: { published: two.version._id } },
      );
      const { body } = await ask('/play/again', token, hostOf(one)).expect(200);
      const { hostname, hash } = new URL(body.address);
      assert.equal(hostname, hostOf(two));
      const { token: key } = (await ask('/play/enter', hash.slice(1), hostname).expect(200)).body;
      const { body: opened } = await ask('/play/open', key, hostname).expect(200);
      assert.equal(opened.title, 'Two');
    } finally {
      await starred.stop();
    }
  });
});
