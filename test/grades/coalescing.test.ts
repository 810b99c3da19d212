import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { queueGrade, type GradedLink } from '../../src/grades/queue.ts';
import { progressFor } from '../../src/lti/quirks.ts';
import type { PlatformFamily } from '../../src/lti/platform.model.ts';
import { spacingAfter } from '../../src/outbox/backoff.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { makeClock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { connectLms } from './connected.ts';
import { makeLms, networkOf, type Lms } from './lms.ts';

describe('what an LMS is told on the way to a grade', () => {
  const table: [PlatformFamily, told: string, of: string][] = [
    ['moodle', 'nothing', 'Started NotReady'],
    ['moodle', 'nothing', 'Completed Pending'],
    ['canvas', 'nothing', 'Started NotReady'],
    ['canvas', 'nothing', 'InProgress Pending'],
    ['brightspace', 'nothing', 'InProgress NotReady'],
    ['blackboard', 'InProgress Pending', 'Started NotReady'],
    ['blackboard', 'InProgress Pending', 'InProgress NotReady'],
    ['blackboard', 'Completed Pending', 'Completed Pending'],
    ['other', 'Started NotReady', 'Started NotReady'],
    ['sakai', 'Completed Pending', 'Completed Pending'],
  ];
  for (const [family, told, of] of table) {
    it(`${family} is told ${told} of ${of}`, () => {
      const [activityProgress, gradingProgress] = of.split(' ') as ['Started', 'NotReady'];
      const answer = progressFor(family, { activityProgress, gradingProgress });
      assert.equal(answer ? `${answer.activityProgress} ${answer.gradingProgress}` : 'nothing', told);
    });
  }
});

describe('how far apart sendings are', () => {
  const now = new Date('2026-11-27T10:00:00Z');
  const spacing = [1_000, 2_000, 30_000];
  const table: [secondsAgo: number[], wait: number][] = [
    [[], 1_000],
    [[5], 2_000],
    [[5, 20], 30_000],
    [[1, 2, 3, 4, 5], 30_000],
    [[59.9], 2_000],
    [[60, 300], 1_000],
  ];
  for (const [ago, wait] of table) {
    it(`after ${ago.join(', ') || 'no'} s: ${wait} ms`, () => {
      const answers = ago.map((s) => ({ at: new Date(now.getTime() - s * 1000), ok: true, text: '' }));
      assert.equal(spacingAfter({ spacing, answers }, now), wait);
    });
  }
  it('is nothing where none was asked for', () =>
    assert.equal(spacingAfter({ spacing: [], answers: [] }, now), 0));
});

describe('a score that keeps changing', () => {
  const clock = makeClock();
  const all = {
    moodle: makeLms('https://moodle.example', 'moodle', clock.now),
    canvas: makeLms('https://canvas.example', 'canvas', clock.now),
    blackboard: makeLms('https://blackboard.example', 'blackboard', clock.now),
    other: makeLms('https://other.example', 'other', clock.now),
  };
  const connected: Partial<Record<keyof typeof all, Awaited<ReturnType<typeof connectLms>>>> = {};
  let world: Awaited<ReturnType<typeof openWorld>>;
  let ctx: Context;
  let name = '';

  before(async () => {
    world = await openWorld({ now: clock.now, fetch: networkOf(Object.values(all)) });
    ctx = world.ctx;
    for (const [family, lms] of Object.entries(all))
      connected[family as keyof typeof all] = await connectLms(ctx, lms);
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    name = `c${Math.random().toString(36).slice(2)}`;
    clock.advance(3600_000);
    for (const lms of Object.values(all)) Object.assign(lms, { sent: [], maximum: 100 });
  });

  const learner = { _id: 'lrn_1', sub: '42' };
  let revision = 0;
  const commit = (link: GradedLink, progress: Progress) =>
    queueGrade(ctx, {
      link,
      learner,
      attempt: { _id: 'att_1', number: 1, graded: true, revision: ++revision },
      progress,
    });
  const progress = (completion: Progress['completion'], score?: number): Progress => ({
    completion,
    success: 'unknown',
    score,
    seconds: 1,
  });
  const deliver = () => deliverDue(ctx, { grade: deliverGrade });
  /** Time goes on, and the worker looks every second. */
  async function pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000);
      await deliver();
    }
  }
  const told = (lms: Lms) =>
    lms.sent.map(({ score }) =>
      [score.activityProgress, score.gradingProgress, score.scoreGiven].join(' ').trim(),
    );

  it('ten times in a minute is a few scores, the last one right', async () => {
    const link = connected.moodle!.link(name, { keep: 'last' });
    for (let i = 1; i <= 10; i++) {
      await commit(link, progress('completed', i % 2 ? 0.9 - i / 100 : i / 10));
      await deliver();
      await pass(6);
    }
    assert.ok(all.moodle.sent.length <= 5, String(all.moodle.sent.length));
    await pass(30);
    assert.equal(all.moodle.cell(name, '42')?.points, 100);
    assert.ok(all.moodle.sent.length <= 6, String(all.moodle.sent.length));
    assert.ok(all.moodle.sent.every(({ status }) => status === 200));
  });

  it('is told at once where it changes seldom', async () => {
    const link = connected.moodle!.link(name);
    for (const score of [0.3, 0.5, 0.7]) {
      await commit(link, progress('completed', score));
      await deliver();
      assert.equal(all.moodle.cell(name, '42')?.points, score * 100);
      await pass(61);
    }
  });

  it('is sent in the points of its column, as it has them now, to the last decimal', async () => {
    const link = connected.moodle!.link(name, { points: 10 });
    const sent = () => {
      const { score } = all.moodle.sent.at(-1)!;
      return [score.scoreGiven, score.scoreMaximum];
    };
    all.moodle.maximum = 30;
    await commit(link, progress('completed', 2 / 3));
    await deliver();
    assert.deepEqual(sent(), [20, 30]);
    all.moodle.maximum = 7;
    all.moodle.cell(name, '42')!.points = (2 / 3) * 7;
    clock.advance(11 * 60_000);
    await commit(link, progress('completed', 0.9));
    await deliver();
    assert.deepEqual(sent(), [6.3, 7]);
    const row = await deliveries(ctx.db).findOne({}).lean();
    assert.equal(row!.answers.at(-1)!.text, 'Taken: 6.3 of 7 points.');
  });

  it('has arrived when the LMS says so, whatever becomes of the rest of its answer', async () => {
    all.moodle.trouble = ({ url }) => (url.pathname.endsWith('/scores') ? 'half' : undefined);
    await commit(connected.moodle!.link(name), progress('completed', 0.4));
    await deliver();
    all.moodle.trouble = () => undefined;
    assert.equal((await deliveries(ctx.db).findOne({}).lean())!.status, 'delivered');
    assert.equal(all.moodle.sent.length, 1);
  });

  it('from the first page to the end in a moment is one score everywhere', async () => {
    for (const family of ['moodle', 'canvas', 'blackboard', 'other'] as const) {
      const link = connected[family]!.link(name);
      await commit(link, progress('not attempted'));
      await deliver();
      await commit(link, progress('incomplete'));
      await deliver();
      await pass(3);
      await commit(link, progress('completed', 0.7));
      await deliver();
      assert.deepEqual(told(all[family]), ['Completed FullyGraded 70'], family);
    }
  });

  it('slowly is told to those whom it does no harm', async () => {
    const said: Record<string, string[]> = {};
    for (const family of ['moodle', 'canvas', 'blackboard', 'other'] as const) {
      const link = connected[family]!.link(name);
      for (const step of ['not attempted', 'incomplete'] as const) {
        await commit(link, progress(step));
        await pass(20);
      }
      await commit(link, progress('incomplete', 0.4));
      await pass(20);
      await commit(link, progress('completed', 0.7));
      await pass(60);
      said[family] = told(all[family]);
    }
    assert.deepEqual(said, {
      moodle: ['Completed FullyGraded 70'],
      canvas: ['Completed FullyGraded 70'],
      blackboard: ['InProgress Pending', 'Completed FullyGraded 70'],
      other: ['Started NotReady', 'InProgress NotReady', 'InProgress Pending', 'Completed FullyGraded 70'],
    });
  });

  it('never takes a grade away by news without points, not even one that somebody else gave', async () => {
    all.other.grade(name, '42', 60);
    await commit(connected.other!.link(name), progress('incomplete'));
    await pass(20);
    assert.equal(all.other.cell(name, '42')?.points, 60);
    assert.deepEqual(told(all.other), []);
    const row = await deliveries(ctx.db).findOne({}).lean();
    assert.match(row!.answers[0]!.text, /would take it away/);
  });
});
