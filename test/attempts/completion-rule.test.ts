import assert from 'node:assert/strict';
import { spreadRule, takeRule } from '../../src/attempts/completion-rule.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { links } from '../../src/attempts/link.model.ts';
import { recoverAttempt } from '../../src/attempts/recover.ts';
import { courses, type CourseRecord } from '../../src/packages/course.model.ts';
import type { CompletionRule } from '../../src/scorm/completion.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { course12, sco } from '../scorm/courses.ts';
import { gradesOf, openAttemptsWorld, openEverything, openTab, stored, type AttemptsWorld } from './world.ts';

const minute = 60_000;
const assets = course12(sco('one', { kind: 'asset' }), sco('two', { kind: 'asset' }));

describe('a completion rule', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  const rule = (course: CourseRecord, completion: CompletionRule) =>
    courses(world.ctx.db).updateOne({ _id: course._id }, { $set: { play: { completion } } });
  /** A learner in a course under a rule, as the player opens it. */
  async function opened(completion: CompletionRule, definition = course12(sco('one', { kind: 'asset' }))) {
    const everything = await openEverything(world.ctx, definition);
    await rule(everything.course, completion);
    assert.deepEqual(await takeRule(world.ctx, everything.attempt), completion);
    everything.tab.session.takeActs();
    return everything;
  }
  const now = async (attempt: { _id: string }) => (await stored(world.ctx, attempt)).progress.completion;
  const open: Act = { do: 'open', activity: 'one' };
  const stay = (ms: number): Act => ({ do: 'stay', activity: 'one', ms });

  it('completes an attempt in which nothing was ever called, and its grade goes out', async () => {
    const { attempt, learner, tab } = await opened({ by: 'time', seconds: 120 });
    world.clock.advance(minute);
    assert.equal((await tab.send(1, [open, stay(minute)])).progress.completion, 'incomplete');
    world.clock.advance(minute);
    const { progress } = await tab.send(2, [stay(2 * minute)]);
    assert.deepEqual(progress, { completion: 'completed', success: 'unknown', seconds: 120 });
    assert.equal((await stored(world.ctx, attempt)).finishedAt?.getTime(), world.clock.now().getTime());
    const [grade] = await gradesOf(world.ctx, learner);
    assert.equal((grade!.body.grade as { scoreGiven: number }).scoreGiven, 100);
  });

  it('believes a browser no more time than has passed since its launch', async () => {
    const { attempt, tab, definition } = await opened({ by: 'time', seconds: 600 });
    world.clock.advance(minute);
    const hour = 60 * minute;
    assert.equal((await tab.send(1, [open, stay(hour)])).progress.seconds, 65);
    const visits: Act[] = [1, 2, 3].flatMap(() => [open, { do: 'close', activity: 'one', ms: hour }]);
    assert.equal((await tab.send(2, visits)).progress.seconds, 65);
    world.clock.advance(minute);
    assert.equal((await tab.send(3, [open, stay(hour)])).progress.seconds, 125);
    // Time before a launch, however much, is none that was spent in it.
    world.clock.advance(24 * hour);
    const next = await openTab(world.ctx, attempt, definition);
    world.clock.advance(minute);
    assert.equal((await next.send(1, [open, stay(hour)])).progress.seconds, 190);
    assert.equal((await next.send(2, [stay(hour)])).progress.seconds, 190);
  });

  it('counts the time that a dead tab could not send', async () => {
    for (const isFirst of [true, false]) {
      const { attempt, tab } = await opened({ by: 'time', seconds: 240 });
      if (!isFirst) await tab.send(1, [open]);
      world.clock.advance(5 * minute);
      const seq = isFirst ? 1 : 2;
      const patch = [...(isFirst ? [open] : []), stay(4 * minute)];
      const { token } = await startLaunch(world.ctx, await stored(world.ctx, attempt), { mode: 'normal' });
      world.clock.advance(minute);
      await recoverAttempt(world.ctx, token, { launch: tab.launch, commits: [{ seq, patch }] });
      assert.equal(await now(attempt), 'completed');
    }
  });

  it('that is the link’s goes before the course’s', async () => {
    const { attempt, course, link } = await opened({ by: 'visited' }, assets);
    const play = { completion: { by: 'opened' as const } };
    await links(world.ctx.db).updateOne({ _id: link._id }, { $set: { play } });
    assert.deepEqual(await takeRule(world.ctx, attempt), { by: 'opened' });
    await spreadRule(world.ctx, course._id, { by: 'exit' });
    assert.deepEqual((await stored(world.ctx, attempt)).completion, { by: 'opened' });
  });

  it('that changes holds at the next commit of attempts under way', async () => {
    const { attempt, course, tab } = await opened({ by: 'visited' }, assets);
    const other = await opened({ by: 'visited' }, assets);
    assert.equal((await tab.send(1, [open])).progress.completion, 'incomplete');
    await spreadRule(world.ctx, course._id, { by: 'opened' });
    assert.equal(await now(attempt), 'incomplete');
    assert.equal((await tab.send(2, [stay(1_000)])).progress.completion, 'completed');
    assert.deepEqual((await stored(world.ctx, other.attempt)).completion, { by: 'visited' });
  });

  it('that changes takes nothing from who was through, opened again or not', async () => {
    const { attempt, course, tab } = await opened({ by: 'opened' }, assets);
    assert.equal((await tab.send(1, [open])).progress.completion, 'completed');
    await rule(course, { by: 'score', atLeast: 1 });
    await spreadRule(world.ctx, course._id, { by: 'score', atLeast: 1 });
    assert.deepEqual(await takeRule(world.ctx, await stored(world.ctx, attempt)), { by: 'opened' });
    assert.equal((await tab.send(2, [stay(1_000)])).progress.completion, 'completed');
  });

  it('is none again when it is taken away', async () => {
    const { attempt, course } = await opened({ by: 'exit' });
    await rule(course, { by: 'course' });
    assert.deepEqual(await takeRule(world.ctx, await stored(world.ctx, attempt)), { by: 'course' });
    assert.equal((await stored(world.ctx, attempt)).completion, undefined);
  });

  it('holds at the opening though the change of it was interrupted', async () => {
    const { attempt, course } = await opened({ by: 'exit' });
    await rule(course, { by: 'opened' });
    await takeRule(world.ctx, await stored(world.ctx, attempt));
    assert.deepEqual((await stored(world.ctx, attempt)).completion, { by: 'opened' });
  });
});
