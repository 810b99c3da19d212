import assert from 'node:assert/strict';
import { announceAll } from '../../src/attempts/announce.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { launches } from '../../src/attempts/launch.model.ts';
import { startLaunch, takeLaunch } from '../../src/attempts/launches.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { getLearner, meetLearner, rememberLearner } from '../../src/attempts/learners.ts';
import { links, type LinkRecord } from '../../src/attempts/link.model.ts';
import { findLink, findOrCreateLink } from '../../src/attempts/links.ts';
import { attemptFor, findAttempt, openAttempt } from '../../src/attempts/open.ts';
import { openLaunch } from '../../src/attempts/open-launch.ts';
import { removeCourse } from '../../src/packages/courses.ts';
import { newId } from '../../src/store/id.ts';
import { course12, sco } from '../scorm/courses.ts';
import {
  addCourse,
  addLearner,
  addLink,
  gradesOf,
  openAttemptsWorld,
  openEverything,
  publish,
  stored,
  workspace,
  type AttemptsWorld,
} from './world.ts';

const tenTimes = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 10 }, work));

describe('opening an attempt', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  /** A course on a link, and a learner. */
  async function placed() {
    const course = await addCourse(world.ctx);
    return { course, link: await addLink(world.ctx, course), learner: await addLearner(world.ctx) };
  }

  it('makes the first one on the published version, with nothing done', async () => {
    const { course, link, learner } = await placed();
    const attempt = await openAttempt(world.ctx, { link, learner, course: course._id, graded: true });
    assert.deepEqual(
      { ...attempt, _id: '', state: JSON.parse(attempt.state) },
      {
        _id: '',
        workspace,
        link: link._id,
        learner: learner._id,
        course: course._id,
        version: course.published,
        number: 1,
        graded: true,
        state: { v: 1, activities: {} },
        revision: 0,
        seq: 0,
        progress: { completion: 'not attempted', success: 'unknown', seconds: 0 },
        startedAt: world.clock.now(),
        savedAt: world.clock.now(),
      },
    );
    assert.equal((await findAttempt(world.ctx, workspace, attempt._id))!._id, attempt._id);
    assert.equal(await findAttempt(world.ctx, 'wsp_other', attempt._id), undefined);
    assert.equal((await attemptFor(world.ctx, link._id, learner._id))!._id, attempt._id);
    assert.equal(await attemptFor(world.ctx, link._id, 'lrn_nobody'), undefined);
  });

  it('takes the same one up from ten tabs at once', async () => {
    const { course, link, learner } = await placed();
    const opened = await tenTimes(() =>
      openAttempt(world.ctx, { link, learner, course: course._id, graded: true }),
    );
    assert.equal(new Set(opened.map(({ _id }) => _id)).size, 1);
    assert.equal(await attempts(world.ctx.db).countDocuments({ link: link._id }), 1);
  });

  it('gives each of ten tabs that launch it at once a token of its own, and one of them plays', async () => {
    const { course, link, learner } = await placed();
    const opening = { link, learner, course: course._id, graded: true };
    const opened = await tenTimes(() => openLaunch(world.ctx, opening, { mode: 'normal' }));
    const taken = await Promise.all(opened.map(({ token }) => takeLaunch(world.ctx, token)));
    assert.deepEqual(
      taken.map(({ attempt }) => attempt._id),
      opened.map(() => opened[0]!.attempt._id),
    );
    const ids = taken.map(({ launch }) => launch._id);
    assert.equal(new Set(ids).size, 10);
    assert.ok(ids.includes((await stored(world.ctx, opened[0]!.attempt)).launch!));
    assert.equal(await attempts(world.ctx.db).countDocuments({ link: link._id }), 1);
  });

  it('takes up what another tab has made for the learner who was new to this one', async () => {
    const { course, link, learner } = await placed();
    const opening = { link, learner, course: course._id, graded: true };
    const other = await openAttempt(world.ctx, opening);
    const { attempt, token } = await openLaunch(world.ctx, { ...opening, isNew: true }, { mode: 'normal' });
    assert.equal(attempt._id, other._id);
    assert.equal((await takeLaunch(world.ctx, token)).attempt._id, other._id);
  });

  it('knows of one of ten that meet a learner at once that it made them', async () => {
    const who = { workspace, key: newId('lti'), sub: '7', name: 'Jane Doe' };
    const met = await tenTimes(() => meetLearner(world.ctx, who));
    assert.equal(new Set(met.map(({ learner }) => learner._id)).size, 1);
    assert.equal(met.filter(({ isNew }) => isNew).length, 1);
    assert.equal((await meetLearner(world.ctx, who)).isNew, false);
  });

  it('stays on its version when a newer one is published, also when the course is removed', async () => {
    const { course, link, learner } = await placed();
    const opening = { link, learner, course: course._id, graded: true };
    const first = await openAttempt(world.ctx, opening);
    const newer = await publish(world.ctx, course, course12(sco('one'), sco('two')));
    assert.equal((await openAttempt(world.ctx, opening)).version, first.version);
    const other = await addLearner(world.ctx);
    assert.equal((await openAttempt(world.ctx, { ...opening, learner: other })).version, newer);
    await removeCourse(world.ctx, workspace, course._id);
    assert.equal((await openAttempt(world.ctx, opening))._id, first._id);
    const third = await addLearner(world.ctx);
    await assert.rejects(openAttempt(world.ctx, { ...opening, learner: third }), { status: 404 });
  });

  it('follows the published version in a preview', async () => {
    const { course, learner } = await placed();
    const link = await findOrCreateLink(world.ctx, {
      workspace,
      kind: 'preview',
      key: newId('preview'),
      course: course._id,
      title: 'Preview',
    });
    const opening = { link, learner, course: course._id, graded: false };
    const first = await openAttempt(world.ctx, opening);
    assert.equal((await openAttempt(world.ctx, opening))._id, first._id);
    const version = await publish(world.ctx, course, course12(sco('one')));
    const second = await openAttempt(world.ctx, opening);
    assert.deepEqual([second.version, second.number], [version, 2]);
  });

  it('keeps what is graded and what is not, and another course on the same link, apart', async () => {
    const { course, link, learner } = await placed();
    const opening = { link, learner, course: course._id, graded: true };
    const graded = await openAttempt(world.ctx, opening);
    const preview = await openAttempt(world.ctx, { ...opening, graded: false });
    const elsewhere = await openAttempt(world.ctx, { ...opening, course: (await addCourse(world.ctx))._id });
    assert.deepEqual([graded.number, preview.number, elsewhere.number], [1, 2, 3]);
    assert.equal((await openAttempt(world.ctx, opening))._id, graded._id);
    assert.equal((await openAttempt(world.ctx, { ...opening, graded: false }))._id, preview._id);
  });
});

describe('a launch', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  it('keeps only the hash of its token', async () => {
    const { attempt } = await openEverything(world.ctx);
    const { launch, token } = await startLaunch(world.ctx, attempt, { mode: 'normal' });
    const record = await launches(world.ctx.db).findOne({ _id: launch._id }).lean();
    assert.doesNotMatch(JSON.stringify(record), new RegExp(token));
    const taken = await takeLaunch(world.ctx, token);
    assert.deepEqual(
      [taken.launch._id, taken.attempt._id, taken.attempt.launch],
      [launch._id, attempt._id, launch._id],
    );
  });

  it('leads back only to web addresses', async () => {
    const { attempt } = await openEverything(world.ctx);
    const rows: [returnUrl: string | undefined, kept: boolean][] = [
      ['https://moodle.example/course/view.php?id=4', true],
      ['http://localhost:8080/', true],
      ['javascript:alert(1)', false],
      ['data:text/html,x', false],
      ['/relative', false],
      ['', false],
      [undefined, false],
    ];
    for (const [returnUrl, kept] of rows) {
      const { launch } = await startLaunch(world.ctx, attempt, {
        mode: 'normal',
        returnUrl,
        platformName: 'Moodle',
      });
      assert.equal(launch.returnUrl, kept ? returnUrl : undefined);
    }
  });

  it('starts to count commits anew', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    await tab.commit();
    assert.equal((await stored(world.ctx, attempt)).seq, 1);
    await startLaunch(world.ctx, attempt, { mode: 'normal' });
    assert.equal((await stored(world.ctx, attempt)).seq, 0);
  });
});

describe('a link', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());
  const facts = (more: Partial<LinkRecord> = {}) => ({
    workspace,
    kind: 'lti' as const,
    key: 'lti:dep:course:1',
    course: 'crs_1',
    title: 'Week 1',
    context: { id: 'c1', title: 'Safety' },
    ...more,
  });

  it('is made once by ten launches at once, with the usual rules', async () => {
    const made = await tenTimes(() => findOrCreateLink(world.ctx, facts()));
    assert.equal(new Set(made.map(({ _id }) => _id)).size, 1);
    assert.equal(await links(world.ctx.db).countDocuments({ key: 'lti:dep:course:1' }), 1);
    assert.deepEqual((await findLink(world.ctx, made[0]!._id))!.rules, {
      counts: 'score',
      keep: 'best',
      points: 100,
    });
    assert.equal(await findLink(world.ctx, 'lnk_none'), undefined);
  });

  it('learns what changed and forgets nothing that a launch does not tell', async () => {
    const first = await findOrCreateLink(
      world.ctx,
      facts({ key: 'k2', lineItem: 'https://lms.example/1?type=a', scopes: ['score'] }),
    );
    const second = await findOrCreateLink(
      world.ctx,
      facts({ key: 'k2', title: 'Week 1, revised', context: undefined }),
    );
    assert.equal(second._id, first._id);
    const now = (await findLink(world.ctx, first._id))!;
    assert.deepEqual(
      [now.title, now.lineItem, now.scopes, now.context],
      ['Week 1, revised', 'https://lms.example/1?type=a', ['score'], { id: 'c1', title: 'Safety' }],
    );
  });

  it('that gets its column late sends what was reached before', async () => {
    const { link, learner, tab, attempt } = await openEverything(world.ctx);
    await links(world.ctx.db).updateOne({ _id: link._id }, { $unset: { lineItem: 1 } });
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    await tab.commit();
    assert.deepEqual(await gradesOf(world.ctx, learner), []);
    await findOrCreateLink(world.ctx, { ...link, lineItem: 'https://moodle.example/lineitems/late' });
    assert.equal((await stored(world.ctx, attempt)).unannounced, true);
    await announceAll(world.ctx);
    const [grade] = await gradesOf(world.ctx, learner);
    assert.equal(grade!.body.lineItem, 'https://moodle.example/lineitems/late');
  });
});

describe('a learner', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());
  const who = { workspace, key: 'lti:plt:7', sub: '7', name: 'Jane Doe', email: 'jane@example.org' };

  it('is remembered once by ten launches at once', async () => {
    const known = await tenTimes(() => rememberLearner(world.ctx, who));
    assert.equal(new Set(known.map(({ _id }) => _id)).size, 1);
    assert.equal(await learners(world.ctx.db).countDocuments({ key: who.key }), 1);
  });

  it('takes a new name, and keeps the old one when none is told', async () => {
    const { _id } = await rememberLearner(world.ctx, { ...who, name: 'Jane Roe' });
    await rememberLearner(world.ctx, { ...who, name: '', email: undefined });
    const now = await getLearner(world.ctx, _id);
    assert.deepEqual([now.name, now.email], ['Jane Roe', 'jane@example.org']);
    await assert.rejects(getLearner(world.ctx, 'lrn_nobody'), { status: 404 });
  });
});
