import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { whoseIs, withOurs } from '../../src/grades/override.ts';
import { queueGrade, type GradedLink } from '../../src/grades/queue.ts';
import { gradeStateOf } from '../../src/grades/state.ts';
import { sendAgain } from '../../src/outbox/deliveries.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { makeClock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { connectLms } from './connected.ts';
import { makeLms, networkOf, type Lms } from './lms.ts';

describe('whose grade stands in the gradebook', () => {
  const column = { ours: [0.5, 0.855], arrived: true, points: 10, grain: 0.01 };
  const table: [says: string, points: number | undefined, more: object, is: string][] = [
    ['nothing stands there', undefined, {}, 'nobody'],
    ['the last that we sent', 8.55, {}, 'ours'],
    ['rounded as the platform does', 8.56, {}, 'ours'],
    ['an earlier one of ours: the last is on its way', 5, {}, 'ours'],
    ['another one', 9, {}, 'teacher'],
    ['one a little off', 8.57, {}, 'teacher'],
    ['a zero after ours had arrived', 0, {}, 'teacher'],
    ['a zero where none of ours ever arrived', 0, { arrived: false }, 'nobody'],
    ['a grade where none of ours ever arrived', 7, { arrived: false, ours: [0.5] }, 'teacher'],
    ['a whole number where the platform may keep no decimals', 9, { grain: 0.5 }, 'ours'],
    ['another whole number there', 7, { grain: 0.5 }, 'teacher'],
    ['points of a column that has none', 7, { points: 0 }, 'nobody'],
  ];
  for (const [says, points, more, is] of table)
    it(`${says}: ${is === 'ours' ? 'ours' : `a ${is}'s`}`, () =>
      assert.equal(whoseIs({ userId: '1', points }, { ...column, ...more }), is));

  it("goes by the result's own maximum before the column's", () =>
    assert.equal(whoseIs({ userId: '1', points: 50, maximum: 100 }, column), 'ours'));

  it('remembers what was sent, each once, and not for ever', () => {
    assert.deepEqual(withOurs([0.1, 0.2], 0.1), [0.2, 0.1]);
    const many = Array.from({ length: 80 }, (_, i) => i / 100).reduce(withOurs, [] as number[]);
    assert.equal(many.length, 50);
    assert.equal(many.at(-1), 0.79);
  });
});

describe("a teacher's grade", () => {
  const clock = makeClock();
  const moodle = makeLms('https://moodle.example', 'moodle', clock.now);
  const canvas = makeLms('https://canvas.example', 'canvas', clock.now);
  let world: Awaited<ReturnType<typeof openWorld>>;
  let ctx: Context;
  let onMoodle: Awaited<ReturnType<typeof connectLms>>;
  let onCanvas: Awaited<ReturnType<typeof connectLms>>;
  let name = '';

  before(async () => {
    world = await openWorld({ now: clock.now, fetch: networkOf([moodle, canvas]) });
    ctx = world.ctx;
    onMoodle = await connectLms(ctx, moodle);
    onCanvas = await connectLms(ctx, canvas);
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    name = `c${Math.random().toString(36).slice(2)}`;
    clock.advance(3600_000);
    for (const lms of [moodle, canvas])
      Object.assign(lms, { maximum: 100, trouble: () => undefined, sent: [] });
  });

  const learner = { _id: 'lrn_1', sub: '42' };
  let revision = 0;
  const done = (score: number): Progress => ({
    completion: 'completed',
    success: 'unknown',
    score,
    seconds: 1,
  });
  async function reach(score: number, link: GradedLink): Promise<DeliveryRecord> {
    const attempt = { _id: 'att_1', number: 1, graded: true, revision: ++revision };
    await queueGrade(ctx, { link, learner, attempt, progress: done(score) });
    await deliverDue(ctx, { grade: deliverGrade });
    clock.advance(60_000);
    return (await deliveries(ctx.db).findOne({}).lean<DeliveryRecord>())!;
  }
  const stands = (lms: Lms) => lms.cell(name, '42')?.points;

  it('stays when the learner gets better, and everybody is told', async () => {
    const link = onMoodle.link(name);
    await reach(0.5, link);
    moodle.grade(name, '42', 90);
    const { status, mark, answers } = await reach(0.8, link);
    assert.equal(stands(moodle), 90);
    assert.deepEqual([status, mark], ['delivered', 'kept']);
    assert.match(answers.at(-1)!.text, /not ours stands there, 90 of 100.*Ours is 80 of 100/);
    assert.equal(moodle.sent.length, 1);
    assert.equal(await gradeStateOf(ctx, link, learner), 'kept');
  });

  it('stays when it was there before anything of ours', async () => {
    moodle.grade(name, '42', 70);
    assert.equal((await reach(0.8, onMoodle.link(name))).mark, 'kept');
    assert.equal(stands(moodle), 70);
  });

  it('gives way where the rules of the link say so, also afterwards', async () => {
    moodle.grade(name, '42', 90);
    clock.advance(1000);
    await reach(0.8, onMoodle.link(name, { override: 'replace' }));
    assert.equal(stands(moodle), 80);
    moodle.grade(name, '42', 95);
    assert.equal((await reach(0.85, onMoodle.link(name, { override: 'keep' }))).mark, 'kept');
    const { mark } = await reach(0.85, onMoodle.link(name, { override: 'replace' }));
    assert.equal(mark, undefined);
    assert.equal(stands(moodle), 85);
  });

  it('is none when it is what the platform made of ours', async () => {
    moodle.maximum = 7;
    const link = onMoodle.link(name, { points: 10 });
    await reach(1 / 3, link);
    assert.ok(Math.abs(stands(moodle)! - 7 / 3) < 1e-5);
    const { mark } = await reach(2 / 3, link);
    assert.equal(mark, undefined);
    assert.ok(Math.abs(stands(moodle)! - 14 / 3) < 1e-5);
  });

  it('is none when it is ours whose answer never came', async () => {
    const link = onMoodle.link(name);
    moodle.trouble = ({ url }) => {
      if (!url.pathname.endsWith('/scores')) return undefined;
      moodle.trouble = () => undefined;
      moodle.cells.set(`${name} 42`, { points: 50, at: clock.now().getTime(), by: 'tool' });
      throw new TypeError('fetch failed');
    };
    assert.equal((await reach(0.5, link)).status, 'waiting');
    const { status, mark } = await reach(0.8, link);
    assert.deepEqual([status, mark], ['delivered', undefined]);
    assert.equal(stands(moodle), 80);
  });

  it('that was taken away again lets ours in', async () => {
    moodle.grade(name, '42', 90);
    const { _id } = await reach(0.8, onMoodle.link(name));
    moodle.cells.delete(`${name} 42`);
    await sendAgain(ctx, 'wsp_1', _id);
    await deliverDue(ctx, { grade: deliverGrade });
    assert.equal(stands(moodle), 80);
  });

  it('does not keep a grade from a platform that cannot show its results', async () => {
    moodle.trouble = ({ url }) =>
      url.pathname.endsWith('/results') ? new Response('no', { status: 405 }) : undefined;
    assert.equal((await reach(0.8, onMoodle.link(name))).status, 'delivered');
    assert.equal(stands(moodle), 80);
  });

  it('is looked for a few times where the platform fails at showing, then ours is sent', async () => {
    moodle.trouble = ({ url }) =>
      url.pathname.endsWith('/results') ? new Response('Oops', { status: 500 }) : undefined;
    assert.equal((await reach(0.8, onMoodle.link(name))).status, 'waiting');
    for (let i = 0; i < 2; i++) {
      clock.advance(60_000);
      await deliverDue(ctx, { grade: deliverGrade });
    }
    assert.equal(stands(moodle), 80);
    // Now it is known, and the next is not held up; after a while it is looked for again.
    const looked = () => moodle.asked.filter(({ url }) => url.pathname.endsWith('/results')).length;
    const before = looked();
    clock.advance(60_000);
    assert.equal((await reach(0.9, onMoodle.link(name))).status, 'delivered');
    assert.equal(looked(), before);
    moodle.trouble = () => undefined;
    clock.advance(600_000);
    assert.equal((await reach(0.95, onMoodle.link(name))).status, 'delivered');
    assert.equal(looked(), before + 1);
  });

  it('is looked for however often the platform asks to slow down', async () => {
    moodle.trouble = ({ url }) =>
      url.pathname.endsWith('/results') ? new Response('', { status: 429 }) : undefined;
    moodle.grade(name, '42', 90);
    await reach(0.8, onMoodle.link(name));
    for (let i = 0; i < 6; i++) {
      clock.advance(600_000);
      await deliverDue(ctx, { grade: deliverGrade });
    }
    assert.equal(stands(moodle), 90);
    moodle.trouble = () => undefined;
    clock.advance(600_000);
    await deliverDue(ctx, { grade: deliverGrade });
    assert.equal((await deliveries(ctx.db).findOne({}).lean())!.mark, 'kept');
  });

  it('that was given while the LMS was down is seen when it is back', async () => {
    moodle.trouble = () => new Response('', { status: 503 });
    assert.equal((await reach(0.8, onMoodle.link(name))).status, 'waiting');
    for (let i = 0; i < 6; i++) {
      clock.advance(600_000);
      await deliverDue(ctx, { grade: deliverGrade });
    }
    moodle.trouble = () => undefined;
    moodle.grade(name, '42', 90);
    clock.advance(600_000);
    await deliverDue(ctx, { grade: deliverGrade });
    assert.equal(stands(moodle), 90);
    assert.equal((await deliveries(ctx.db).findOne({}).lean())!.mark, 'kept');
  });

  it('is kept by Canvas itself, which does not say so: it is seen', async () => {
    const link = onCanvas.link(name);
    await reach(0.5, link);
    canvas.grade(name, '42', 90);
    const { mark, answers } = await reach(0.8, link);
    assert.equal(stands(canvas), 90);
    assert.equal(mark, 'kept');
    assert.match(answers.at(-1)!.text, /90 of 100/);
    assert.equal(canvas.sent.length, 2);
  });

  it('is not mistaken for a late one from which Canvas took points', async () => {
    const link = onCanvas.link(name);
    await reach(0.5, link);
    const cell = canvas.cell(name, '42')!;
    canvas.cells.set(`${name} 42`, { ...cell, points: 45 });
    const { mark } = await reach(0.8, link);
    assert.equal(mark, undefined);
    assert.equal(stands(canvas), 80);
  });

  it('gives way in Canvas where the rules of the link say so', async () => {
    canvas.grade(name, '42', 90);
    clock.advance(1000);
    await reach(0.8, onCanvas.link(name, { override: 'replace' }));
    assert.equal(stands(canvas), 80);
  });

  it('of Canvas is newer than a grade that waited: ours goes again with the time of then', async () => {
    const link = onCanvas.link(name, { override: 'replace' });
    canvas.trouble = ({ url }) => (url.pathname === '/token' ? undefined : new Response('', { status: 503 }));
    assert.equal((await reach(0.8, link)).status, 'waiting');
    canvas.trouble = () => undefined;
    canvas.grade(name, '42', 90);
    for (let i = 0; i < 3; i++) {
      clock.advance(60_000);
      await deliverDue(ctx, { grade: deliverGrade });
    }
    assert.equal(stands(canvas), 80);
    assert.deepEqual(
      canvas.sent.map(({ status }) => status),
      [400, 200],
    );
  });
});
