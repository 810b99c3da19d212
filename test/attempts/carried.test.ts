import assert from 'node:assert/strict';
import type { AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import type { EngineState } from '../../src/scorm/engine.ts';
import type { LearnerRecord } from '../../src/attempts/learner.model.ts';
import { course2004, sco } from '../scorm/courses.ts';
import {
  addCourse,
  addLearner,
  addLink,
  openAttemptsWorld,
  openTab,
  stored,
  type AttemptsWorld,
} from './world.ts';

/** A course whose one part writes what it comes to into `knots`, reads it, and has a shared store. */
function sharing(more: Partial<CourseDefinition> = {}): CourseDefinition {
  const one = sco('one', {
    objectives: [
      {
        id: 'mine',
        primary: true,
        maps: [{ to: 'knots', read: ['satisfied'], write: ['satisfied'] }],
      },
    ],
    data: [{ target: 'notes' }],
  });
  return { ...course2004(one), edition: '2004 4th Edition', ...more };
}

describe('what a learner carries from one attempt to another (SN 3.10.1, RTE 4.3)', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  async function open(learner: LearnerRecord, definition: CourseDefinition, graded = true) {
    const course = await addCourse(world.ctx, definition);
    const link = await addLink(world.ctx, course);
    world.clock.advance(1000);
    return openAttempt(world.ctx, { link, learner, course: course._id, graded });
  }

  async function pass(attempt: AttemptRecord, definition: CourseDefinition, status = 'passed') {
    const tab = await openTab(world.ctx, attempt, definition);
    tab.session.navigate({ go: 'begin' });
    const calls = [
      ['Initialize', ''],
      ['SetValue', 'cmi.success_status', status],
      ['SetValue', 'adl.data.0.store', 'a bowline'],
      ['Terminate', ''],
    ] as const;
    for (const [method, a, b] of calls) assert.equal(tab.session.call(method, a, b), 'true', a);
    tab.session.navigate({ go: 'exitAll' });
    world.clock.advance(1000);
    await tab.commit();
  }

  async function found(attempt: AttemptRecord) {
    const state = JSON.parse((await stored(world.ctx, attempt)).state) as EngineState;
    return { knots: state.seq?.globals.knots?.s, notes: state.shared?.notes };
  }

  it('brings shared objectives and stores into another course', async () => {
    const learner = await addLearner(world.ctx);
    await pass(await open(learner, sharing()), sharing());
    assert.deepEqual(await found(await open(learner, sharing())), { knots: true, notes: 'a bowline' });
  });

  it('lets what was said last count', async () => {
    const learner = await addLearner(world.ctx);
    const [first, second] = [await open(learner, sharing()), await open(learner, sharing())];
    await pass(second, sharing());
    await pass(first, sharing(), 'failed');
    assert.equal((await found(await open(learner, sharing()))).knots, false);
  });

  it('keeps to itself what is not global to the system', async () => {
    const learner = await addLearner(world.ctx);
    const own = sharing({ objectivesGlobalToSystem: false, sharedDataGlobalToSystem: false });
    await pass(await open(learner, own), own);
    assert.deepEqual(await found(await open(learner, sharing())), { knots: undefined, notes: undefined });
    await pass(await open(learner, sharing()), sharing());
    assert.deepEqual(await found(await open(learner, own)), { knots: undefined, notes: undefined });
  });

  it('brings nothing to another learner, from a preview, or into one', async () => {
    const [learner, other] = [await addLearner(world.ctx), await addLearner(world.ctx)];
    await pass(await open(learner, sharing(), false), sharing());
    assert.equal((await found(await open(learner, sharing()))).knots, undefined);
    await pass(await open(learner, sharing()), sharing());
    assert.equal((await found(await open(other, sharing()))).knots, undefined);
    assert.equal((await found(await open(learner, sharing(), false))).knots, undefined);
  });
});
