import assert from 'node:assert/strict';
import type { CourseDefinition } from '../../../src/scorm/course.ts';
import type { Session } from '../../../src/scorm/player.ts';
import type { ObjectiveDefinition } from '../../../src/scorm/sequencing/definition.ts';
import type { Track } from '../../../src/scorm/sequencing/state.ts';
import { play, sco } from '../courses.ts';
import { flowing } from './trees.ts';

// What a course says of its primary objective goes by two names: cmi.success_status and cmi.objectives.n.success_status. The latter
// has a value when a session begins, which is no word of the course's (RTE 4.2.17.1; SN 4.2.1, UP.4).

const primary: ObjectiveDefinition = { id: 'p', primary: true };
const course = (more: Partial<ObjectiveDefinition> = {}): CourseDefinition =>
  flowing([sco('a', { objectives: [{ ...primary, ...more }] }), sco('b')]);

/** One session of the page of `a`: what it says, in order, and how it ends. */
function says(session: Session, ...values: [string, string][]): void {
  assert.equal(session.call('Initialize', ''), 'true');
  for (const [element, value] of values)
    assert.equal(session.call('SetValue', element, value), 'true', element);
  assert.equal(session.call('Terminate', ''), 'true');
}

const suspend: [string, string] = ['cmi.exit', 'suspend'];
const success = (value: string): [string, string] => ['cmi.success_status', value];
const objective = (value: string): [string, string] => ['cmi.objectives.0.success_status', value];
const completion = (value: string): [string, string] => ['cmi.completion_status', value];

/** What is known of the primary objective of `a` when it has been left for `b`. */
function known(session: Session): Track {
  assert.equal(session.navigate({ go: 'continue' }).deliver, 'b');
  return session.state.seq!.tracks['a']!;
}

describe('what a course says of its primary objective', () => {
  const stories: [string, [string, string][][], boolean | undefined][] = [
    ['nothing: it is satisfied', [[]], true],
    ['"unknown": it stays unknown', [[success('unknown')]], undefined],
    ['failed as the activity', [[success('failed')]], false],
    ['failed as the objective', [[objective('failed')]], false],
    ['two words: that of the objective counts', [[success('passed'), objective('failed')]], false],
    ['two words, the objective unknown', [[success('failed'), objective('unknown')]], undefined],
    ['failed, and nothing when it is resumed', [[objective('failed'), suspend], []], false],
    ['"unknown", and nothing when it is resumed', [[success('unknown'), suspend], []], undefined],
    [
      'two words, and nothing when it is resumed',
      [[success('unknown'), objective('failed'), suspend], []],
      false,
    ],
    [
      'another word when it is resumed',
      [[success('failed'), suspend], [success('passed'), suspend], [success('passed')]],
      true,
    ],
  ];
  for (const [name, sessions, satisfied] of stories) {
    it(name, () => {
      const { session } = play(course());
      session.navigate({ go: 'begin' });
      for (const [i, values] of sessions.entries()) {
        if (i > 0) session.navigate({ go: 'choice', target: 'a' });
        says(session, ...values);
      }
      assert.equal(known(session).o?.['p']?.s, satisfied);
    });
  }

  const global: Partial<ObjectiveDefinition> = {
    maps: [{ to: 'g', read: ['satisfied'], write: ['satisfied'] }],
  };
  const found: [string, [string, string][], boolean | undefined][] = [
    ['does not speak against what the course says of the activity', [success('failed')], false],
    ['does not speak for it either', [success('unknown')], undefined],
    ['counts where the course says it again', [success('unknown'), objective('passed')], true],
    ['is what there is where the course says nothing', [], true],
  ];
  for (const [name, values, satisfied] of found) {
    it(`found passed in a global objective, it ${name}`, () => {
      const { session } = play(course(global));
      session.state.seq!.globals['g'] = { s: true };
      session.navigate({ go: 'begin' });
      says(session, ...values);
      known(session);
      assert.equal(session.state.seq!.globals['g'].s, satisfied);
    });
  }

  it('is said still when a resumed page never calls, and concluded only for a new attempt', () => {
    const { session } = play(course());
    session.navigate({ go: 'begin' });
    says(session, success('unknown'), completion('unknown'), suspend);
    session.navigate({ go: 'choice', target: 'a' });
    assert.equal(known(session).o, undefined);
    session.navigate({ go: 'choice', target: 'a' });
    assert.deepEqual({ ...known(session).o?.['p'] }, { c: 'completed', s: true });
  });
});
