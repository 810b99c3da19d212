import assert from 'node:assert/strict';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { announce } from '../../src/attempts/announce.ts';
import { keepLines, readLog } from '../../src/attempts/log.ts';
import { addAttempt, openAttempt } from '../../src/attempts/open.ts';
import { recoverAttempt } from '../../src/attempts/recover.ts';
import { removals } from '../../src/attempts/removal.model.ts';
import { finishRemovals, removeAttempt, resetLearner } from '../../src/attempts/remove.ts';
import { issueTicket, takeTicket } from '../../src/attempts/tickets.ts';
import type { GradeBody } from '../../src/grades/queue.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import {
  gradesOf,
  openAttemptsWorld,
  openEverything,
  openTab,
  stored,
  workspace,
  type AttemptsWorld,
} from './world.ts';

describe('attempts that are removed', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());
  const minute = 60_000;

  /** A learner with a score of 40 % on a link, whose tab is still open. */
  async function played() {
    const { ctx } = world;
    const made = await openEverything(ctx);
    const { link, learner, course, tab } = made;
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '40');
    await tab.commit();
    const place = { workspace, link: link._id, learner: learner._id };
    const reset = () => resetLearner(ctx, place, 'per_1');
    const open = () => openAttempt(ctx, { link, learner, course: course._id, graded: true });
    const all = () => attempts(ctx.db).find({ link: link._id, learner: learner._id }).lean<AttemptRecord[]>();
    const grade = async () => (await gradesOf(ctx, learner))[0];
    const arrived = (more = {}) =>
      deliveries(ctx.db).updateMany(
        { 'about.learner': learner._id },
        { $set: { status: 'delivered', tries: 1, deliveredAt: ctx.now(), ...more } },
      );
    /** One more attempt that has come to this. */
    const another = async (number: number, score: number) => {
      const progress: Progress = { completion: 'completed', success: 'unknown', score, seconds: 1 };
      const attempt = await addAttempt(
        ctx,
        { ...place, course: course._id, graded: true },
        course.published,
        number,
      );
      await attempts(ctx.db).updateOne({ _id: attempt!._id }, { $set: { progress } });
      await announce(ctx, await stored(ctx, attempt!));
      return attempt!;
    };
    return { ...made, place, reset, open, all, grade, arrived, another };
  }
  const given = (row: { body: object } | undefined) => (row?.body as GradeBody | undefined)?.grade.scoreGiven;
  const saidOf = (row: { body: object } | undefined) =>
    (row?.body as GradeBody | undefined)?.grade.activityProgress;

  describe('of a learner who is to begin anew', () => {
    it('are gone, all of them, and the next opening begins the first', async () => {
      const { attempt, another, reset, open, all } = await played();
      await another(2, 0.1);
      assert.equal(await reset(), 2);
      assert.deepEqual(await all(), []);
      const next = await open();
      assert.deepEqual([next.number, next.progress.completion], [1, 'not attempted']);
      assert.notEqual(next._id, attempt._id);
    });

    it('take nothing any more from the tab that plays one, and it is told so', async () => {
      const { tab, reset, open, attempt, definition } = await played();
      const { ticket } = await issueTicket(world.ctx, tab.token);
      await reset();
      tab.session.call('LMSSetValue', 'cmi.core.score.raw', '100');
      await assert.rejects(tab.commit(), { status: 401, code: 'attempt-removed' });
      await assert.rejects(takeTicket(world.ctx, ticket), { code: 'attempt-removed' });
      const next = await open();
      assert.equal((await stored(world.ctx, next)).progress.score, undefined);
      // Nor by what a browser had kept.
      const later = await openTab(world.ctx, next, definition);
      const commits = [{ seq: 2, patch: tab.session.takeActs() }];
      const { recovered } = await recoverAttempt(world.ctx, later.token, { launch: tab.launch, commits });
      assert.equal(recovered, 0);
      assert.equal(await attempts(world.ctx.db).exists({ _id: attempt._id }), null);
    });

    it('take nothing of what is on its way in that moment', async () => {
      for (let round = 0; round < 10; round++) {
        const { tab, reset, all, grade } = await played();
        tab.session.call('LMSSetValue', 'cmi.core.score.raw', '100');
        const [sent] = await Promise.allSettled([tab.commit(), reset()]);
        if (sent.status === 'rejected') assert.equal(sent.reason.code, 'attempt-removed');
        assert.deepEqual(await all(), []);
        assert.equal(given(await grade()), undefined);
      }
    });

    it('take their logs along', async () => {
      const { attempt, reset } = await played();
      const lines = [{ at: 1, kind: 'event' as const, name: 'opened' }];
      await keepLines(world.ctx, { id: `${attempt._id}:1`, attempt: attempt._id, lines });
      await reset();
      assert.deepEqual((await readLog(world.ctx, attempt._id)).lines, []);
      assert.equal((await readLog(world.ctx, attempt._id)).total, 0);
    });

    it('have their grade not sent where it was not, and taken back where it may have arrived', async () => {
      const waiting = await played();
      assert.equal(given(await waiting.grade()), 40);
      await waiting.reset();
      assert.equal(await waiting.grade(), undefined);

      const delivered = await played();
      await delivered.arrived();
      await delivered.reset();
      const row = await delivered.grade();
      assert.deepEqual([saidOf(row), given(row), row!.status], ['Initialized', undefined, 'waiting']);
      assert.equal(row!.about.attempt, undefined);

      const tried = await played();
      await tried.arrived({ status: 'waiting', deliveredAt: undefined, lease: 'lse_1' });
      await tried.reset();
      assert.equal(saidOf(await tried.grade()), 'Initialized');

      const refused = await played();
      await refused.arrived({ status: 'given up', deliveredAt: undefined });
      await deliveries(world.ctx.db).updateMany(
        { 'about.learner': refused.learner._id },
        { $unset: { deliveredAt: 1 } },
      );
      await refused.reset();
      assert.equal(await refused.grade(), undefined);
    });

    it('have their grade taken out of a column that the link had before, too', async () => {
      const { learner, arrived, reset, grade } = await played();
      await arrived();
      await deliveries(world.ctx.db).updateMany(
        { 'about.learner': learner._id },
        { $set: { key: 'an old column' } },
      );
      await reset();
      assert.deepEqual([saidOf(await grade()), (await grade())!.key], ['Initialized', 'an old column']);
    });

    it('leave room for a worse grade, which is told', async () => {
      const { arrived, reset, open, grade } = await played();
      await arrived();
      await reset();
      const next = await open();
      const progress = { completion: 'completed', success: 'failed', score: 0.1, seconds: 1 };
      await attempts(world.ctx.db).updateOne({ _id: next._id }, { $set: { progress } });
      await announce(world.ctx, await stored(world.ctx, next));
      assert.equal(given(await grade()), 10);
    });

    it('are those of this learner, this link and this workspace, once', async () => {
      const { place, all, reset } = await played();
      const other = await played();
      assert.equal(await resetLearner(world.ctx, { ...place, workspace: 'wsp_other' }, 'per_1'), 0);
      assert.equal((await all()).length, 1);
      assert.deepEqual((await Promise.all([reset(), reset()])).toSorted().at(-1), 1);
      assert.equal(await reset(), 0);
      assert.equal((await other.all()).length, 1);
    });
  });

  describe('one by one', () => {
    it('leave the grade of the others, also where that is worse', async () => {
      const { attempt, another, arrived, grade } = await played();
      await another(2, 0.9);
      const third = await another(3, 0.2);
      assert.equal(given(await grade()), 90);
      await arrived();
      const second = (await attempts(world.ctx.db).findOne({ link: attempt.link, number: 2 }).lean())!._id;
      await removeAttempt(world.ctx, workspace, second, 'key_1');
      assert.equal(given(await grade()), 40);
      await removeAttempt(world.ctx, workspace, attempt._id, 'key_1');
      assert.equal(given(await grade()), 20);
      await arrived();
      await removeAttempt(world.ctx, workspace, third._id, 'key_1');
      assert.equal(saidOf(await grade()), 'Initialized');
    });

    it('leave the others in their order', async () => {
      const { attempt, another, arrived, grade, link } = await played();
      const { ctx } = world;
      await another(2, 0.9);
      const third = await another(3, 0.3);
      await ctx.db
        .collection('links')
        .updateOne({ _id: link._id as never }, { $set: { 'rules.keep': 'last' } });
      const second = await attempts(ctx.db).findOne({ link: link._id, number: 2 }).lean<AttemptRecord>();
      await removeAttempt(ctx, workspace, second!._id, 'key_1');
      await arrived();
      // The first is announced once more: the third is still the last.
      await attempts(ctx.db).updateOne({ _id: attempt._id }, { $set: { 'progress.score': 0.7 } });
      await announce(ctx, await stored(ctx, attempt));
      assert.equal(given(await grade()), 30);
      assert.equal((await stored(ctx, third)).number, 3);
    });

    it('are there to be removed', async () => {
      const { attempt, all } = await played();
      await assert.rejects(removeAttempt(world.ctx, 'wsp_other', attempt._id, 'key_1'), { status: 404 });
      assert.equal((await all()).length, 1);
    });
  });

  describe('when the process dies in the middle', () => {
    const written = (place: object, ids: string[]) =>
      removals(world.ctx.db).create({
        _id: `rmv_${ids[0]}`,
        ...place,
        attempts: ids,
        by: 'per_1',
        at: world.clock.now(),
      });

    it('are removed by the next start, from wherever it was', async () => {
      for (const isGone of [false, true]) {
        const { attempt, place, arrived, all, grade } = await played();
        await arrived();
        await written(place, [attempt._id]);
        if (isGone) await attempts(world.ctx.db).deleteOne({ _id: attempt._id });
        await finishRemovals(world.ctx);
        assert.deepEqual(await all(), []);
        assert.equal(saidOf(await grade()), 'Initialized');
      }
    });

    it('take nothing from who has begun anew meanwhile', async () => {
      const { attempt, place, arrived, all, another, grade } = await played();
      await arrived();
      await written(place, [attempt._id]);
      await attempts(world.ctx.db).deleteOne({ _id: attempt._id });
      const next = await another(1, 0.2);
      await finishRemovals(world.ctx);
      world.clock.advance(2 * minute);
      await finishRemovals(world.ctx);
      assert.deepEqual(
        (await all()).map(({ _id }) => _id),
        [next._id],
      );
      assert.equal(given(await grade()), 20);
    });

    it('are looked after once more a minute later, and then forgotten', async () => {
      const { reset, grade, arrived, place } = await played();
      await arrived();
      await reset();
      const mine = { link: place.link };
      await finishRemovals(world.ctx);
      assert.equal(await removals(world.ctx.db).countDocuments(mine), 1);
      // A process had stored a commit before, and queues its grade only now.
      const { _id, body } = (await grade())!;
      const late = { ...(body as GradeBody), grade: { ...(body as GradeBody).grade, ...full } };
      await deliveries(world.ctx.db).updateOne({ _id }, { $set: { body: late } });
      world.clock.advance(2 * minute);
      await finishRemovals(world.ctx);
      assert.equal(saidOf(await grade()), 'Initialized');
      assert.equal(await removals(world.ctx.db).countDocuments(mine), 0);
    });
    const full = {
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
      scoreGiven: 40,
      scoreMaximum: 100,
    };

    it('have no grade put out by who announced one in that moment', async () => {
      const { attempt, reset, arrived, grade } = await played();
      await arrived();
      const seen = await stored(world.ctx, attempt);
      await reset();
      await announce(world.ctx, { ...seen, progress: { ...seen.progress, score: 1 } });
      assert.equal(saidOf(await grade()), 'Initialized');
    });
  });
});
