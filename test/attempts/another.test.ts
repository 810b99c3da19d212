import assert from 'node:assert/strict';
import { startAgain } from '../../src/attempts/again.ts';
import { allowAnother } from '../../src/attempts/another.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import { standingOf } from '../../src/attempts/standing.ts';
import {
  openAttemptsWorld,
  openEverything,
  openTab,
  publish,
  stored,
  workspace,
  type AttemptsWorld,
} from './world.ts';

describe('another attempt that a teacher allows', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  /** A learner on a link with one attempt only; `isDone`: it is handed in. */
  async function onlyOne({ isDone = true } = {}) {
    const { ctx } = world;
    const made = await openEverything(ctx);
    const { link, learner, course, tab } = made;
    await links(ctx.db).updateOne({ _id: link._id }, { $set: { play: { attempts: 1, again: 'never' } } });
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', isDone ? 'passed' : 'incomplete');
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '40');
    await tab.commit();
    const open = () => openAttempt(ctx, { link, learner, course: course._id, graded: true });
    const all = () =>
      attempts(ctx.db)
        .find({ link: link._id, learner: learner._id })
        .sort({ number: 1 })
        .lean<AttemptRecord[]>();
    return { ...made, open, all };
  }

  it('starts at the next opening, on the version of then, and the one before stays as it was', async () => {
    const { attempt, open, course, definition } = await onlyOne();
    assert.equal((await open())._id, attempt._id);
    const version = await publish(world.ctx, course, definition);
    const before = await stored(world.ctx, attempt);
    await allowAnother(world.ctx, workspace, attempt._id);
    const next = await open();
    assert.deepEqual([next.number, next.version, next.another], [2, version, undefined]);
    const { progress, finishedAt } = await stored(world.ctx, attempt);
    assert.deepEqual([progress, finishedAt], [before.progress, before.finishedAt]);
    // The rules hold again.
    assert.equal((await open())._id, next._id);
    assert.deepEqual((await standingOf(world.ctx, next)).most, 2);
  });

  it('takes nothing more from a tab that is open on the one before', async () => {
    const { attempt, open, tab } = await onlyOne();
    await allowAnother(world.ctx, workspace, attempt._id);
    await open();
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '100');
    await assert.rejects(tab.commit(), { code: 'opened-elsewhere' });
    assert.equal((await stored(world.ctx, attempt)).progress.score, 0.4);
  });

  it('is one, though two windows ask for it at once, and then again with what they saw', async () => {
    const { attempt, open, all } = await onlyOne();
    const allow = () => allowAnother(world.ctx, workspace, attempt._id);
    await Promise.all([allow(), allow()]);
    assert.equal((await stored(world.ctx, attempt)).another, 1);
    const opened = await Promise.all(Array.from({ length: 5 }, open));
    assert.equal(new Set(opened.map(({ _id }) => _id)).size, 1);
    await allow();
    await open();
    assert.equal((await all()).length, 2);
    assert.equal((await all())[1]!.another, undefined);
  });

  it('may be several', async () => {
    const { attempt, open, all } = await onlyOne();
    await allowAnother(world.ctx, workspace, attempt._id, 2);
    const finish = { completion: 'completed', success: 'failed', seconds: 1 };
    for (const number of [2, 3, 3]) {
      const next = await open();
      assert.equal(next.number, number);
      await attempts(world.ctx.db).updateOne({ _id: next._id }, { $set: { progress: finish } });
    }
    assert.equal((await all()).length, 3);
  });

  it('waits until the one under way is done, and may be chosen before', async () => {
    const { attempt, definition, open } = await onlyOne({ isDone: false });
    await allowAnother(world.ctx, workspace, attempt._id);
    assert.equal((await open())._id, attempt._id);
    const now = await stored(world.ctx, attempt);
    assert.deepEqual((await standingOf(world.ctx, now)).offers, ['goOn', 'again']);
    const next = await startAgain(world.ctx, (await openTab(world.ctx, now, definition)).token);
    assert.deepEqual([next.number, next.another], [2, undefined]);
    assert.deepEqual((await standingOf(world.ctx, next)).offers, ['goOn']);
  });

  it('is none of an attempt of another workspace, or of one that is gone', async () => {
    const { attempt } = await onlyOne();
    await assert.rejects(allowAnother(world.ctx, 'wsp_other', attempt._id), { status: 404 });
    await assert.rejects(allowAnother(world.ctx, workspace, 'att_gone'), { status: 404 });
  });
});
