import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CourseDefinition } from '../../../src/scorm/course.ts';
import type { EngineState } from '../../../src/scorm/engine.ts';
import {
  apply,
  controlsOf,
  entriesOf,
  newState,
  openSession,
  progressOf,
  requestOf,
  type Session,
} from '../../../src/scorm/player.ts';
import { readZipFile } from '../../packages/read.ts';
import { settings } from '../courses.ts';

const folder = join(import.meta.dirname, '../../../../shared/packages/rustici-golf');

/** A golfer in one of Rustici's samples: what is open, and what one does there. */
function golfer(definition: CourseDefinition, seed = 1) {
  let stored: EngineState = newState(definition, seed);
  let session: Session = openSession(definition, stored, settings, () => 0);
  const call = (method: string, a = '', b?: string) => session.call(method, a, b);
  return {
    launch() {
      const { state, refused } = apply(definition, stored, settings, session.takeActs());
      assert.deepEqual(refused, []);
      assert.deepEqual(progressOf(definition, state), progressOf(definition, session.state));
      stored = JSON.parse(JSON.stringify(state)) as EngineState;
      session = openSession(definition, stored, settings, () => 0);
      session.navigate({ go: 'begin' });
    },
    at: () => session.showing,
    /** The page does its work and ends. */
    does(values: Record<string, string>) {
      assert.equal(call('Initialize'), 'true');
      for (const [element, value] of Object.entries(values))
        assert.equal(call('SetValue', element, value), 'true', element);
      assert.equal(call('Terminate'), 'true');
      const request = requestOf(session.request);
      return request && session.navigate(request);
    },
    goes: (go: 'continue' | 'previous') => session.navigate({ go }),
    chooses: (target: string) => session.navigate({ go: 'choice', target }),
    open: () =>
      entriesOf(definition, session.state)
        .filter((entry) => entry.open)
        .map(({ id }) => id),
    controls: () => controlsOf(definition, session.state),
    progress: () => progressOf(definition, session.state),
    bytes: () => JSON.stringify(session.state).length,
  };
}

const completed = { 'cmi.completion_status': 'completed' };
const test = (success: 'passed' | 'failed', score: string) => ({
  ...completed,
  'cmi.success_status': success,
  'cmi.score.scaled': score,
});
const content = ['playing_item', 'etuqiette_item', 'handicapping_item', 'havingfun_item'];

describe("Rustici's golf samples, played by their rules", () => {
  async function read(context: Mocha.Context, name: string): Promise<CourseDefinition> {
    const path = join(folder, `scorm2004__Sequencing${name}_SCORM20043rdEdition.zip`);
    if (!existsSync(path)) context.skip();
    const { read: found, faults } = await readZipFile(path);
    assert.deepEqual(faults, undefined);
    return found!.definition;
  }

  it('PreOrPostTestRollup: who passes the pre-test is through', async function () {
    const one = golfer(await read(this, 'PreOrPostTestRollup'));
    one.launch();
    assert.equal(one.at(), 'pretest_item');
    assert.ok(!one.open().includes('posttest_item'));
    one.does(test('passed', '0.9'));
    one.goes('continue');
    assert.equal(one.at(), 'playing_item');
    // Neither test may be taken again.
    assert.ok(!one.open().includes('pretest_item'));
    assert.ok(!one.open().includes('posttest_item'));
    const { completion, success, score } = one.progress();
    assert.deepEqual([completion, success, score], ['completed', 'passed', 0.9]);
    one.launch();
    assert.equal(one.at(), 'playing_item');
    assert.equal(one.progress().score, 0.9);
  });

  it('PreOrPostTestRollup: who fails it reads, and passes the post-test', async function () {
    const one = golfer(await read(this, 'PreOrPostTestRollup'));
    one.launch();
    one.does(test('failed', '0.3'));
    assert.equal(one.goes('continue').deliver, 'playing_item');
    assert.equal(one.progress().success, 'failed');
    for (const [i, part] of content.entries()) {
      assert.equal(one.at(), part);
      assert.ok(!one.open().includes('posttest_item'), `the post-test opens before ${part} is read`);
      one.does(completed);
      if (i < 3) one.goes('continue');
    }
    assert.equal(one.goes('continue').deliver, 'posttest_item');
    // The pre-test had one attempt.
    assert.ok(!one.open().includes('pretest_item'));
    one.does(test('passed', '0.8'));
    const { completion, success, score } = one.progress();
    assert.deepEqual([completion, success, score], ['completed', 'passed', 0.8]);
    assert.deepEqual(one.goes('continue'), { ended: true });
    assert.equal(one.progress().completion, 'completed');
    assert.ok(one.bytes() < 6_000, `${one.bytes()} bytes of state`);
  });

  it('RandomTest: one of four tests, twice at most, the last one counts', async function () {
    const definition = await read(this, 'RandomTest');
    const drawn = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const one = golfer(definition, seed);
      one.launch();
      for (const part of content) {
        assert.equal(one.at(), part);
        assert.ok(!one.open().includes('posttest_item'));
        one.does(completed);
        if (part !== 'havingfun_item') one.goes('continue');
      }
      assert.equal(one.progress().completion, 'incomplete');
      one.goes('continue');
      const first = one.at()!;
      assert.match(first, /^test_[1-4]$/);
      assert.equal(one.controls().suspendAll, false, 'the tests hide it');
      one.does(test('failed', '0.2'));
      assert.deepEqual(
        [one.progress().success, one.progress().score, one.progress().completion],
        ['failed', 0.2, 'incomplete'],
      );
      // Going on bubbles up to the post-test, which is tried again in another order.
      one.goes('continue');
      const second = one.at()!;
      assert.match(second, /^test_[1-4]$/);
      drawn.add(`${first} ${second}`);
      one.does(test('passed', '0.7'));
      assert.deepEqual(one.goes('continue'), { ended: true });
      const { completion, success, score } = one.progress();
      assert.deepEqual([completion, success, score], ['completed', 'passed', 0.7]);
    }
    assert.ok(drawn.size > 4, `twelve seeds drew ${drawn.size} different pairs`);
  });
});
