import assert from 'node:assert/strict';
import { choicesIn, isToTell, standOf, type Choice, type Stand } from '../../src/attempts/choices.ts';
import type { PlayRules } from '../../src/packages/play-rules.ts';
import type { Progress } from '../../src/scorm/progress.ts';

describe('how far an attempt is', () => {
  type Row = [
    what: string,
    progress: Partial<Progress>,
    course: { hasParts?: true; isLeftOpen?: true },
    stand: Stand,
  ];
  const rows: Row[] = [
    ['nothing done', {}, {}, 'new'],
    ['opened', { completion: 'incomplete' }, {}, 'begun'],
    ['a score on the way', { completion: 'incomplete', score: 0.5 }, { isLeftOpen: true }, 'begun'],
    ['completed', { completion: 'completed' }, {}, 'finished'],
    ['completed and passed', { completion: 'completed', success: 'passed', score: 1 }, {}, 'finished'],
    ['completed and failed', { completion: 'completed', success: 'failed' }, {}, 'finished'],
    ['completed on its first page, left there', { completion: 'completed' }, { isLeftOpen: true }, 'judged'],
    [
      'completed with a score, though always left suspended',
      { completion: 'completed', score: 0.8 },
      { isLeftOpen: true },
      'finished',
    ],
    [
      'passed, though always left suspended',
      { completion: 'completed', success: 'passed' },
      { isLeftOpen: true },
      'finished',
    ],
    ['failed, not completed', { completion: 'incomplete', success: 'failed' }, {}, 'judged'],
    ['passed, and nothing else', { success: 'passed' }, {}, 'judged'],
    [
      'one of several parts failed',
      { completion: 'incomplete', success: 'failed' },
      { hasParts: true },
      'begun',
    ],
    ['all parts done', { completion: 'completed', success: 'failed' }, { hasParts: true }, 'finished'],
  ];
  for (const [what, progress, course, stand] of rows) {
    it(`${what}: ${stand}`, () => {
      const { hasParts = false, isLeftOpen = false } = course;
      const all: Progress = { completion: 'not attempted', success: 'unknown', seconds: 0, ...progress };
      assert.equal(standOf(all, { hasParts, isLeftOpen }), stand);
    });
  }
});

describe('what a learner may do', () => {
  type Row = [
    again: PlayRules['again'],
    attempts: number,
    stand: Stand,
    number: number,
    offers: Choice[],
    ask: boolean,
  ];
  const rows: Row[] = [
    // The usual rules.
    ['finished', 0, 'new', 1, ['goOn'], false],
    ['finished', 0, 'begun', 1, ['goOn'], false],
    ['finished', 0, 'judged', 1, ['goOn', 'again'], true],
    ['finished', 0, 'finished', 1, ['goOn', 'review', 'again'], true],
    ['finished', 0, 'finished', 99, ['goOn', 'review', 'again'], true],
    // Counted: what is finished is handed in.
    ['finished', 3, 'begun', 1, ['goOn'], false],
    ['finished', 3, 'finished', 2, ['again', 'review'], true],
    ['finished', 3, 'judged', 2, ['goOn', 'again'], true],
    ['finished', 3, 'finished', 3, ['review'], true],
    ['finished', 3, 'judged', 3, ['goOn'], false],
    ['finished', 3, 'begun', 3, ['goOn'], false],
    // The limit was lowered meanwhile.
    ['finished', 1, 'finished', 3, ['review'], true],
    ['finished', 1, 'begun', 3, ['goOn'], false],
    ['finished', 1, 'new', 3, ['goOn'], false],
    ['always', 0, 'new', 1, ['goOn'], false],
    ['always', 0, 'begun', 1, ['goOn', 'again'], true],
    ['always', 2, 'begun', 1, ['goOn', 'again'], true],
    ['always', 2, 'begun', 2, ['goOn'], false],
    ['always', 2, 'finished', 2, ['review'], true],
    ['never', 0, 'begun', 1, ['goOn'], false],
    ['never', 0, 'finished', 1, ['goOn'], false],
    ['never', 3, 'finished', 1, ['goOn'], false],
    ['never', 1, 'finished', 1, ['review'], true],
  ];
  for (const [again, attempts, stand, number, offers, ask] of rows) {
    it(`again ${again}, ${attempts || 'any number of'} attempts, number ${number} ${stand}: ${offers.join(', ')}${ask ? ', asked' : ''}`, () => {
      const situation = { rules: { again, attempts }, stand, number, graded: true, isOffered: true };
      assert.deepEqual(choicesIn(situation), { offers, ask });
    });
  }

  it('offers one more where a teacher allows it, whatever the rules say', () => {
    const rules = { again: 'never' as const, attempts: 1 };
    const offered = (stand: Stand) =>
      choicesIn({ rules, stand, number: 1, isAllowedMore: true, graded: true, isOffered: true });
    assert.deepEqual(offered('begun'), { offers: ['goOn', 'again'], ask: true });
    assert.deepEqual(offered('judged'), { offers: ['goOn', 'again'], ask: true });
    assert.deepEqual(offered('finished'), { offers: ['again', 'review'], ask: true });
    assert.deepEqual(offered('new'), { offers: ['goOn'], ask: false });
  });

  it('starts a preview again as often as one likes, and never asks', () => {
    for (const stand of ['begun', 'judged', 'finished'] as const) {
      const rules = { again: 'never' as const, attempts: 1 };
      const choices = choicesIn({ rules, stand, number: 7, graded: false, isOffered: true });
      assert.deepEqual(choices, { offers: ['goOn', 'again'], ask: false });
    }
  });

  it('starts nothing again that is gone', () => {
    const rules = { again: 'always' as const, attempts: 0 };
    for (const stand of ['new', 'begun', 'judged', 'finished'] as const) {
      for (const graded of [true, false]) {
        const { offers } = choicesIn({ rules, stand, number: 1, graded, isOffered: false });
        assert.deepEqual(offers, ['goOn']);
      }
    }
  });
});

describe('what stands before a course that is begun', () => {
  const rows: [what: string, situation: Parameters<typeof isToTell>[0], tells: boolean][] = [
    ['nothing', { stand: 'new', graded: true, most: 0, hasTimeLimit: false }, false],
    ['how many attempts there are', { stand: 'new', graded: true, most: 1, hasTimeLimit: false }, true],
    ['how long one may take', { stand: 'new', graded: true, most: 0, hasTimeLimit: true }, true],
    ['nothing where one goes on', { stand: 'begun', graded: true, most: 3, hasTimeLimit: true }, false],
    [
      'nothing more than the question',
      { stand: 'finished', graded: true, most: 3, hasTimeLimit: true },
      false,
    ],
    ['nothing on a preview', { stand: 'new', graded: false, most: 0, hasTimeLimit: true }, false],
  ];
  for (const [what, situation, tells] of rows)
    it(`is ${what}`, () => assert.equal(isToTell(situation), tells));
});
