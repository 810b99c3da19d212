import assert from 'node:assert/strict';
import { announceAll } from '../../src/attempts/announce.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { commitAttempt } from '../../src/attempts/commit.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { course2004, sco } from '../scorm/courses.ts';
import { gradesOf, openAttemptsWorld, openEverything, openTab, stored, type AttemptsWorld } from './world.ts';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const refusal = (status: number, code: string) => (error: { status: number; code: string }) => {
  assert.deepEqual([error.status, error.code], [status, code]);
  return true;
};

describe('a commit', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  it('stores what the course did, and what that comes to', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '85');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    world.clock.advance(5_000);
    const answer = await tab.commit();
    const progress = { completion: 'completed', success: 'passed', score: 0.85, seconds: 0 };
    assert.deepEqual(answer, { revision: 1, seq: 1, progress });
    const now = await stored(world.ctx, attempt);
    assert.deepEqual(json(now.progress), progress);
    assert.deepEqual(JSON.parse(now.state), json(tab.session.state));
    assert.equal(now.savedAt.getTime(), world.clock.now().getTime());
    assert.equal(now.finishedAt?.getTime(), world.clock.now().getTime());
    assert.deepEqual(world.warnings, []);
  });

  it('has put the grade into the outbox before it answers', async () => {
    const { learner, tab, attempt } = await openEverything(world.ctx);
    await tab.commit();
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '85');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    await tab.commit();
    const [grade, ...more] = await gradesOf(world.ctx, learner);
    assert.deepEqual(more, []);
    assert.deepEqual((grade!.body.grade as { scoreGiven: number }).scoreGiven, 85);
    const now = await stored(world.ctx, attempt);
    assert.equal(now.unannounced, undefined);
    assert.deepEqual(now.announced, now.progress);
  });

  it('sent again, in any number and at once, changes nothing and answers the same', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    tab.session.call('LMSSetValue', 'cmi.core.lesson_location', '3');
    const patch = tab.session.takeActs();
    const answers = await Promise.all(Array.from({ length: 8 }, () => tab.send(1, patch)));
    for (const answer of answers) assert.deepEqual(json(answer), json(answers[0]));
    const before = await stored(world.ctx, attempt);
    assert.deepEqual(json(await tab.send(1, patch)), json(answers[0]));
    assert.deepEqual(await stored(world.ctx, attempt), before);
    assert.equal(before.revision, 1);
  });

  it('is taken in order, and says which one is missing', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    const first = tab.session.takeActs();
    tab.session.call('LMSSetValue', 'cmi.core.lesson_location', '3');
    const second = tab.session.takeActs();
    await assert.rejects(tab.send(2, second), (error: { code: string; status: number; members: object }) => {
      assert.deepEqual([error.status, error.code, error.members], [409, 'gap', { expected: 1 }]);
      return true;
    });
    assert.equal((await stored(world.ctx, attempt)).revision, 0);
    assert.equal((await tab.send(1, first)).seq, 1);
    assert.equal((await tab.send(2, second)).seq, 2);
  });

  it('comes from one launch only: a newer one takes over, and the older is told', async () => {
    const { attempt, definition, tab } = await openEverything(world.ctx);
    await tab.commit();
    const newer = await openTab(world.ctx, attempt, definition);
    tab.session.call('LMSSetValue', 'cmi.core.lesson_location', 'old');
    await assert.rejects(tab.commit(), refusal(409, 'opened-elsewhere'));
    newer.session.open('one');
    newer.session.call('LMSInitialize', '');
    newer.session.call('LMSSetValue', 'cmi.core.lesson_location', 'new');
    assert.equal((await newer.commit()).seq, 1);
    const state = JSON.parse((await stored(world.ctx, attempt)).state);
    assert.equal(state.activities.one.cmi['cmi.core.lesson_location'], 'new');
  });

  it('and a take-over in the same moment lets each through whole, or not at all', async () => {
    for (let round = 0; round < 5; round++) {
      const { attempt, tab } = await openEverything(world.ctx);
      const [commit] = await Promise.allSettled([
        tab.commit(),
        startLaunch(world.ctx, attempt, { mode: 'normal' }),
      ]);
      const now = await stored(world.ctx, attempt);
      assert.equal(now.seq, 0);
      assert.equal(now.revision, commit.status === 'fulfilled' ? 1 : 0);
      if (commit.status === 'rejected') assert.equal(commit.reason.code, 'opened-elsewhere');
    }
  });

  it('needs the token of its launch', async () => {
    const { tab } = await openEverything(world.ctx);
    const other = await openEverything(world.ctx);
    const commit = { launch: tab.launch, seq: 1, patch: [] };
    await assert.rejects(commitAttempt(world.ctx, 'guess', commit), refusal(401, 'launch-unknown'));
    await assert.rejects(commitAttempt(world.ctx, '', commit), refusal(401, 'launch-unknown'));
    await assert.rejects(commitAttempt(world.ctx, other.tab.token, commit), refusal(401, 'launch-unknown'));
    world.clock.advance(24 * 3600_000 - 1);
    await tab.commit();
    world.clock.advance(1);
    await assert.rejects(tab.commit(), refusal(401, 'launch-expired'));
  });

  it('does what can be done and logs, without values, what cannot', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    world.warnings.length = 0;
    const patch: Act[] = [
      ...tab.session.takeActs(),
      { do: 'set', activity: 'one', element: 'cmi.core.score.raw', value: 'my secret' },
      { do: 'set', activity: 'other', element: 'cmi.core.score.raw', value: '1' },
      { do: 'set', activity: 'one', element: 'cmi.core.lesson_location', value: '3' },
    ];
    assert.equal((await tab.send(1, patch)).seq, 1);
    const state = JSON.parse((await stored(world.ctx, attempt)).state);
    assert.equal(state.activities.one.cmi['cmi.core.lesson_location'], '3');
    assert.equal(world.warnings.length, 1);
    assert.match(JSON.stringify(world.warnings), /"refused":2.*"405"/);
    assert.doesNotMatch(JSON.stringify(world.warnings), /secret/);
  });

  it('of a review stores nothing', async () => {
    const { attempt, definition, tab } = await openEverything(world.ctx);
    await tab.commit();
    const review = await openTab(world.ctx, attempt, definition, 'review');
    const before = await stored(world.ctx, attempt);
    const patch: Act[] = [{ do: 'close', activity: 'one' }];
    assert.equal((await review.send(1, patch)).seq, 1);
    assert.deepEqual(await stored(world.ctx, attempt), before);
  });

  it('keeps the day it was finished', async () => {
    const { attempt, tab } = await openEverything(world.ctx);
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'completed');
    await tab.commit();
    const { finishedAt } = await stored(world.ctx, attempt);
    world.clock.advance(60_000);
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    await tab.commit();
    const now = await stored(world.ctx, attempt);
    assert.deepEqual(now.finishedAt, finishedAt);
    assert.equal(now.savedAt.getTime() - finishedAt!.getTime(), 60_000);
  });

  it('is not graded in a preview', async () => {
    const { ctx } = world;
    const { attempt, definition, learner } = await openEverything(ctx);
    await attempts(ctx.db).updateOne({ _id: attempt._id }, { $set: { graded: false } });
    const tab = await openTab(ctx, attempt, definition);
    tab.session.open('one');
    tab.session.call('LMSInitialize', '');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    await tab.commit();
    assert.deepEqual(await gradesOf(ctx, learner), []);
    assert.equal((await stored(ctx, attempt)).unannounced, undefined);
  });

  it('loses nothing of 40 commits of which each is sent twice, some late, as a shaky network does', async () => {
    const definition = course2004(sco('one'));
    const { attempt, tab } = await openEverything(world.ctx, definition);
    tab.session.call('Initialize', '');
    let late: Promise<unknown>[] = [];
    for (let seq = 1; seq <= 40; seq++) {
      tab.session.call('SetValue', 'cmi.location', String(seq));
      tab.session.call('SetValue', `cmi.interactions.${seq - 1}.id`, `q${seq}`);
      const patch = tab.session.takeActs();
      late.push(tab.send(seq, patch));
      assert.equal((await tab.send(seq, patch)).seq, seq);
      if (seq % 7 === 0) {
        await Promise.all(late);
        late = [];
      }
    }
    await Promise.all(late);
    const now = await stored(world.ctx, attempt);
    assert.equal(now.revision, 40);
    assert.deepEqual(JSON.parse(now.state), json(tab.session.state));
  });
});

describe('a process that dies between saving and announcing', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  /** A commit whose process dies before the outbox has it: everything but the first write fails. */
  async function dyingCommit() {
    const everything = await openEverything(world.ctx);
    const { tab } = everything;
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '90');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    const patch = tab.session.takeActs();
    const { db } = world.ctx;
    const { collection } = db.model('links');
    const find = collection.find.bind(collection);
    collection.find = () => {
      throw new Error('killed');
    };
    try {
      await assert.rejects(tab.send(1, patch), /killed/);
    } finally {
      collection.find = find;
    }
    return { ...everything, patch };
  }

  it('has saved, and remembers that it has not announced', async () => {
    const { attempt, learner } = await dyingCommit();
    const now = await stored(world.ctx, attempt);
    assert.deepEqual([now.revision, now.unannounced, now.announced], [1, true, undefined]);
    assert.deepEqual(await gradesOf(world.ctx, learner), []);
  });

  it('announces at its next start, once', async () => {
    const { attempt, learner } = await dyingCommit();
    assert.ok((await announceAll(world.ctx)) >= 1);
    assert.equal((await gradesOf(world.ctx, learner)).length, 1);
    const now = await stored(world.ctx, attempt);
    assert.equal(now.unannounced, undefined);
    assert.equal(await announceAll(world.ctx), 0);
    assert.deepEqual(await stored(world.ctx, attempt), now);
  });

  it('or when the browser sends the same commit again', async () => {
    const { attempt, learner, tab, patch } = await dyingCommit();
    assert.equal((await tab.send(1, patch)).revision, 1);
    assert.equal((await gradesOf(world.ctx, learner)).length, 1);
    assert.equal((await stored(world.ctx, attempt)).unannounced, undefined);
  });

  it('and one that cannot be announced does not keep the others from it', async () => {
    const broken = await dyingCommit();
    const sound = await dyingCommit();
    await attempts(world.ctx.db).updateOne(
      { _id: broken.attempt._id },
      { $set: { progress: null } },
      { runValidators: false },
    );
    await announceAll(world.ctx);
    assert.equal((await gradesOf(world.ctx, sound.learner)).length, 1);
  });
});
