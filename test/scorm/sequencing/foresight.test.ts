import assert from 'node:assert/strict';
import type { ActivityDefinition, CourseDefinition } from '../../../src/scorm/course.ts';
import type { Entry } from '../../../src/scorm/engine.ts';
import { choose, entriesAhead, whyClosed, type Session } from '../../../src/scorm/player.ts';
import { play, settings } from '../courses.ts';
import { chapter, flowing, post, pre, rollupRule, sco, when } from './trees.ts';

/** `a b* c`: what is open, and with a star where the learner is. */
const line = (entries: Entry[]) =>
  entries
    .filter(({ open, current }) => open || current)
    .map(({ id, open, current }) => `${open ? '' : '-'}${id}${current ? '*' : ''}`)
    .join(' ');

const mapped = (id: string, more: Partial<ActivityDefinition> = {}) =>
  sco(id, {
    objectives: [
      { id: 'own', primary: true, maps: [{ to: id, read: [], write: ['satisfied', 'completion'] }] },
    ],
    ...more,
  });
/** Closed until another part is satisfied, or completed. */
const behind = (
  before: string,
  is: 'satisfied' | 'completed' = 'satisfied',
): Partial<ActivityDefinition> => ({
  objectives: [
    { id: 'own', primary: true },
    { id: 'before', maps: [{ to: before, read: ['satisfied', 'completion'], write: [] }] },
  ],
  rules: {
    pre: [
      {
        do: 'disabled',
        any: true,
        when: [
          when(is, { objective: 'before', not: true }),
          when(is === 'satisfied' ? 'objectiveStatusKnown' : 'activityProgressKnown', {
            objective: 'before',
            not: true,
          }),
        ],
      },
    ],
  },
});
/** A test behind a chapter that is to be completed: by what the chapter rolls up to. */
const afterChapter = (more: Partial<ActivityDefinition> = {}) =>
  flowing([
    chapter('read', [sco('a'), sco('b')], {
      objectives: [{ id: 'all', primary: true, maps: [{ to: 'read', read: [], write: ['completion'] }] }],
      rollup: { rules: [rollupRule('completed', 'all', 'completed')] },
    }),
    sco('test', { ...behind('read', 'completed'), ...more }),
  ]);
const one = flowing([mapped('a'), sco('b', behind('a')), sco('c')]);

type Say = Record<string, string>;
const nothing: Say = {};
const incomplete: Say = { 'cmi.completion_status': 'incomplete' };
const done: Say = { 'cmi.completion_status': 'completed' };
const passed: Say = { ...done, 'cmi.success_status': 'passed' };
const failed: Say = { ...done, 'cmi.success_status': 'failed' };

/** Begins, and says one thing in each part on the way; stays in the last. */
function walk(definition: CourseDefinition, ...all: Say[]): Session {
  const { session } = play(definition);
  session.navigate({ go: 'begin' });
  for (const [i, said] of all.entries()) {
    if (i > 0) session.navigate({ go: 'continue' });
    session.call('Initialize', '');
    for (const [element, value] of Object.entries(said))
      assert.equal(session.call('SetValue', element, value), 'true', element);
  }
  return session;
}

describe('the contents, as they are when the learner leaves the part that is shown', () => {
  const cases: [what: string, definition: CourseDefinition, said: Say[], open: string][] = [
    ['a part that is not through opens nothing', one, [incomplete], 'a* c'],
    ['one that has said that it is passed opens the next', one, [passed], 'a* b c'],
    ['one that has failed does not', one, [failed], 'a* c'],
    ['one that never says anything is done by being left', one, [nothing], 'a* b c'],
    ['what needs a roll-up opens too', afterChapter(), [done, done], 'read a b* test'],
    ['unless something in it is missing', afterChapter(), [incomplete, done], 'read a b*'],
    [
      'a test that may be taken once is closed behind its learner',
      flowing([sco('a', { attemptLimit: 1 }), sco('b')]),
      [done],
      '-a* b',
    ],
    [
      'and not while it can be taken up',
      flowing([sco('a', { attemptLimit: 1 }), sco('b')]),
      [{ ...incomplete, 'cmi.location': '3' }],
      'a* b',
    ],
    [
      'where leaving leads on by a rule, only that is open',
      flowing([sco('a', post('continue', when('completed'))), sco('b'), sco('c')]),
      [done],
      '-a* b',
    ],
    [
      'where leaving ends the course, nothing is',
      flowing([sco('a', post('exitAll', when('completed'))), sco('b')]),
      [done],
      '-a*',
    ],
    [
      'what may not be left by choice stays shut',
      flowing([sco('a', { controls: { choiceExit: false } }), sco('b')]),
      [done],
      '-a*',
    ],
    [
      'a part that is closed when it is done closes',
      flowing([sco('a', pre('disabled', when('completed'))), sco('b')]),
      [done],
      '-a* b',
    ],
  ];
  for (const [what, definition, said, open] of cases) {
    it(what, () => {
      const session = walk(definition, ...said);
      const before = JSON.stringify(session.state);
      const shown = entriesAhead(definition, session.state, settings);
      assert.equal(line(shown), open);
      assert.equal(JSON.stringify(session.state), before, 'looking changed something');
      for (const entry of shown.filter(({ kind, current }) => kind !== 'cluster' && !current)) {
        const again = walk(definition, ...said);
        if (said.at(-1) !== incomplete) again.call('Terminate', '');
        again.close();
        assert.equal(entry.open, choose(again, entry.id).deliver === entry.id, entry.id);
      }
    });
  }
});

describe('why the way on is closed', () => {
  const quiz = flowing([mapped('a'), sco('b', behind('a'))]);
  const twoBefore = flowing([
    mapped('a'),
    mapped('b'),
    sco('c', {
      objectives: [
        { id: 'own', primary: true },
        { id: 'x', maps: [{ to: 'a', read: ['satisfied'], write: [] }] },
        { id: 'y', maps: [{ to: 'b', read: ['satisfied'], write: [] }] },
      ],
      rules: {
        pre: ['x', 'y'].map((objective) => ({
          do: 'disabled' as const,
          any: true,
          when: [
            when('satisfied', { objective, not: true }),
            when('objectiveStatusKnown', { objective, not: true }),
          ],
        })),
      },
    }),
  ]);
  const cases: [what: string, definition: CourseDefinition, said: Say[], why: unknown][] = [
    ['not, where nothing is in the way', flowing([sco('a'), sco('b')]), [incomplete], undefined],
    ['not, at the end of the course', flowing([sco('a')]), [incomplete], undefined],
    ['not, once the part is passed', quiz, [passed], undefined],
    ['the part is not finished', quiz, [incomplete], { until: 'finished', title: 'Title of a' }],
    ['the part is not passed', quiz, [failed], { until: 'passed', title: 'Title of a' }],
    ['an earlier part is not passed', twoBefore, [failed, passed], { until: 'passed', title: 'Title of a' }],
    ['several parts are missing', twoBefore, [failed, failed], { until: 'before' }],
    [
      'whatever the learner does',
      flowing([sco('a'), sco('b', pre('disabled'))]),
      [passed],
      { until: 'rule' },
    ],
  ];
  for (const [what, definition, said, why] of cases)
    it(what, () => {
      const session = walk(definition, ...said);
      const before = JSON.stringify(session.state);
      assert.deepEqual(whyClosed(definition, session.state, settings), why);
      assert.equal(JSON.stringify(session.state), before, 'asking changed something');
      if (said.at(-1) !== incomplete) session.call('Terminate', '');
      session.close();
      const { exception } = session.navigate({ go: 'continue' });
      assert.equal(exception === undefined, why === undefined);
    });
});
