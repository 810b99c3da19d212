import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { queueGrade, type GradedLink } from '../../src/grades/queue.ts';
import { reckonGrade } from '../../src/grades/reckon.ts';
import { gradeStateOf } from '../../src/grades/state.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { makeClock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { connectLms } from './connected.ts';
import { makeLms, networkOf, type Lms } from './lms.ts';

describe('a cell of the gradebook whose grade is no more', () => {
  const clock = makeClock();
  const all = (['moodle', 'canvas', 'other'] as const).map((family) =>
    makeLms(`https://${family}.example`, family, clock.now),
  );
  const [moodle, canvas] = all as [Lms, Lms, Lms];
  const links = new Map<Lms, (name: string, rules?: object) => GradedLink>();
  let world: Awaited<ReturnType<typeof openWorld>>;
  let ctx: Context;
  let name = '';

  before(async () => {
    world = await openWorld({ now: clock.now, fetch: networkOf(all) });
    ctx = world.ctx;
    for (const lms of all) links.set(lms, (await connectLms(ctx, lms)).link);
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    name = `c${Math.random().toString(36).slice(2)}`;
    clock.advance(3_600_000);
    for (const lms of all) Object.assign(lms, { trouble: () => undefined, sent: [] });
  });

  const learner = { _id: 'lrn_1', sub: '42' };
  const done = (score: number): Progress => ({
    completion: 'completed',
    success: 'unknown',
    score,
    seconds: 1,
  });
  let revision = 0;
  const attemptOf = (id: string) => ({ _id: id, number: 1, graded: true, revision: ++revision });
  async function deliver(): Promise<DeliveryRecord | null> {
    await deliverDue(ctx, { grade: deliverGrade });
    clock.advance(60_000);
    return deliveries(ctx.db).findOne({}).lean<DeliveryRecord>();
  }
  async function reach(score: number, link: GradedLink, id = 'att_1') {
    await queueGrade(ctx, { link, learner, attempt: attemptOf(id), progress: done(score) });
    return deliver();
  }
  async function reset(link: GradedLink) {
    await reckonGrade(ctx, { link, learner, attempts: [] });
    return deliver();
  }
  const linkOf = (lms: Lms, rules = {}) => links.get(lms)!(name, rules);
  const stands = (lms: Lms) => lms.cell(name, '42')?.points;

  for (const lms of all)
    it(`is emptied, and filled anew by a lower one: ${lms.family}`, async () => {
      const link = linkOf(lms);
      await reach(0.8, link);
      assert.equal(stands(lms), 80);
      const row = await reset(link);
      assert.equal(stands(lms), undefined);
      const { activityProgress, gradingProgress, scoreGiven } = lms.sent.at(-1)!.score;
      assert.deepEqual(
        [activityProgress, gradingProgress, scoreGiven],
        ['Initialized', 'NotReady', undefined],
      );
      assert.deepEqual([row!.status, row!.mark], ['delivered', undefined]);
      assert.equal(await gradeStateOf(ctx, link, learner), 'none');
      await reach(0.3, link, 'att_2');
      assert.equal(stands(lms), 30);
    });

  for (const lms of [moodle, canvas]) {
    it(`keeps what a teacher wrote there: ${lms.family}`, async () => {
      const link = linkOf(lms);
      await reach(0.8, link);
      lms.grade(name, '42', 65);
      const row = await reset(link);
      assert.equal(stands(lms), 65);
      assert.equal(row!.mark, 'kept');
      assert.match(row!.answers.at(-1)!.text, /a teacher gave it \(65\)/);
    });

    it(`loses that too where the link's rule puts ours first: ${lms.family}`, async () => {
      const link = linkOf(lms, { override: 'replace' });
      await reach(0.8, link);
      lms.grade(name, '42', 65);
      clock.advance(60_000);
      await reset(link);
      assert.equal(stands(lms), undefined);
    });
  }

  it('is left alone where nothing was ever sent', async () => {
    const link = linkOf(moodle);
    await queueGrade(ctx, { link, learner, attempt: attemptOf('att_1'), progress: done(0.8) });
    assert.equal(await reset(link), null);
    assert.deepEqual(moodle.sent, []);
  });

  it('is emptied after a score whose answer never came', async () => {
    const link = linkOf(moodle);
    moodle.trouble = ({ url }) => (url.pathname.endsWith('/scores') ? 'lost' : undefined);
    await reach(0.8, link);
    assert.equal(stands(moodle), 80);
    moodle.trouble = () => undefined;
    clock.advance(3_600_000);
    await reset(link);
    assert.equal(stands(moodle), undefined);
  });

  it('is not a submission again for the next attempt on Canvas', async () => {
    const link = linkOf(canvas);
    await reach(0.8, link);
    await reset(link);
    await reach(0.3, link, 'att_2');
    const isNew = canvas.sent.map(
      ({ score }) =>
        (score['https://canvas.instructure.com/lti/submission'] as { new_submission: boolean })
          .new_submission,
    );
    assert.deepEqual(isNew, [true, false, false]);
  });

  it('is told a lower grade where what was best is no more', async () => {
    const link = linkOf(moodle);
    await reach(0.8, link);
    const left = { ...attemptOf('att_0'), progress: done(0.5) };
    await reckonGrade(ctx, { link, learner, attempts: [left] });
    await deliver();
    assert.equal(stands(moodle), 50);
    const sent = moodle.sent.length;
    await reckonGrade(ctx, { link, learner, attempts: [left] });
    await deliver();
    assert.equal(moodle.sent.length, sent);
  });
});
