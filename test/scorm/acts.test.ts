import assert from 'node:assert/strict';
import { apply, newState } from '../../src/scorm/player.ts';
import { makeRandom } from '../store/random.ts';
import { course12, course2004, running, sco, settings } from './courses.ts';

const twelve = course12(sco('one'));
const four = course2004(sco('one', { data: [{ target: 'notes' }] }));

/** A session of one activity, and what is left of its sets: `element=value`, in order. */
function setting(definition = four) {
  const { session, json } = running(definition, 'one');
  const prefix = definition.standard === 'scorm12' ? 'LMS' : '';
  const set = (element: string, value: string) => session.call(`${prefix}SetValue`, element, value);
  const left = () =>
    session.takeActs().flatMap((act) => ('element' in act ? `${act.element}=${act.value}` : []));
  return { session, set, left, json };
}

describe('the acts of a session', () => {
  it('keep of each element the last value, in the place of the first', () => {
    const { set, left } = setting(twelve);
    for (const value of ['1', '2', '3']) {
      set('cmi.suspend_data', value);
      set('cmi.interactions.0.id', value);
      set('cmi.interactions.1.id', value);
      set('cmi.core.score.raw', `x${value}`);
    }
    assert.deepEqual(left(), ['cmi.suspend_data=3', 'cmi.interactions.0.id=3', 'cmi.interactions.1.id=3']);
  });

  it('know nothing of a value that is there already', () => {
    const { set, left, session } = setting();
    assert.equal(set('cmi.location', '1'), 'true');
    left();
    let heard = 0;
    session.onActs = () => (heard += 1);
    assert.equal(set('cmi.location', '1'), 'true');
    assert.equal(set('cmi.completion_status', 'completed'), 'true');
    assert.equal(set('cmi.completion_status', 'completed'), 'true');
    assert.equal(heard, 1);
    assert.deepEqual(left(), ['cmi.completion_status=completed']);
  });

  it('say again what was taken already and changed since', () => {
    const { set, left } = setting();
    set('cmi.location', '1');
    assert.deepEqual(left(), ['cmi.location=1']);
    set('cmi.location', '2');
    set('cmi.location', '1');
    assert.deepEqual(left(), ['cmi.location=1']);
  });

  it('keep the order of what is judged by one another', () => {
    const { set, left } = setting();
    const q = 'cmi.interactions.0';
    for (const [element, value] of [
      ['id', 'q'],
      ['type', 'choice'],
      ['learner_response', 'a'],
      ['learner_response', 'a[,]b'],
      ['result', 'correct'],
      ['type', 'numeric'],
      ['learner_response', '1'],
      ['result', 'incorrect'],
      ['id', 'q2'],
    ] as const)
      assert.equal(set(`${q}.${element}`, value), 'true');
    assert.deepEqual(left(), [
      `${q}.id=q2`,
      `${q}.type=choice`,
      `${q}.learner_response=a[,]b`,
      `${q}.result=incorrect`,
      `${q}.type=numeric`,
      `${q}.learner_response=1`,
    ]);
  });

  it('tell of one Commit where it was called a thousand times', () => {
    const { session } = running(four, 'one');
    session.takeActs();
    for (let i = 0; i < 1_000; i++) session.call('Commit', '');
    assert.equal(session.takeActs().length, 1);
  });

  it('done again lead to the same state, whatever was set', () => {
    const { pick, below } = makeRandom(3);
    const values: Record<string, string[]> = {
      id: ['a', 'b'],
      type: ['choice', 'sequencing', 'numeric', 'true-false'],
      learner_response: ['a', '1', 'true', 'a[,]b'],
      'correct_responses.N.pattern': ['a', 'b', 'true', 'a[,]b', '1[:]2'],
      'objectives.N.id': ['a', 'b', 'c'],
      result: ['correct', '0.5'],
    };
    for (let story = 0; story < 300; story++) {
      const { session, set, json } = setting();
      let server = newState(four);
      for (let i = 0; i < 80; i++) {
        const leaf = pick(Object.keys(values));
        set(`cmi.interactions.${below(2)}.${leaf.replace('N', String(below(3)))}`, pick(values[leaf]!));
        // Sent in between, so that values change which are there already.
        if (i % 40 < 39) continue;
        const { state, refused } = apply(four, server, settings, session.takeActs());
        assert.deepEqual(refused, [], `story ${story}`);
        assert.deepEqual(JSON.parse(JSON.stringify(state)), json(), `story ${story}`);
        server = state;
      }
    }
  });
});
