import assert from 'node:assert/strict';
import { gradeOf, isWorthSending, type Grade } from '../../src/grades/grade.ts';
import { scoreFor, type Rules } from '../../src/grades/score.ts';
import type { Progress } from '../../src/scorm/progress.ts';

const rules = (counts: Rules['counts'] = 'score', keep: Rules['keep'] = 'best', points = 100): Rules => ({
  counts,
  keep,
  points,
});

/** `completed passed 0.8` as a progress. */
function progress(words: string): Progress {
  const score = /\b\d(\.\d+)?\b/.exec(words)?.[0];
  return {
    completion: words.includes('completed')
      ? 'completed'
      : words.includes('incomplete')
        ? 'incomplete'
        : 'not attempted',
    success: words.includes('passed') ? 'passed' : words.includes('failed') ? 'failed' : 'unknown',
    ...(score === undefined ? {} : { score: Number(score) }),
    seconds: 60,
  };
}

describe('what an attempt is worth', () => {
  // counts, progress → activityProgress gradingProgress [points of 100]
  const table: [Rules['counts'], string, string][] = [
    ['score', 'nothing', 'Started NotReady'],
    ['score', 'incomplete', 'InProgress NotReady'],
    ['score', 'incomplete 0.4', 'InProgress Pending'],
    ['score', 'nothing 0.4', 'InProgress Pending'],
    ['score', 'completed', 'Completed FullyGraded 100'],
    ['score', 'completed 0.4', 'Completed FullyGraded 40'],
    ['score', 'completed 0', 'Completed FullyGraded 0'],
    ['score', 'completed passed 0.8', 'Completed FullyGraded 80'],
    ['score', 'completed failed 0.3', 'Completed FullyGraded 30'],
    ['score', 'passed 0.8', 'Completed FullyGraded 80'],
    ['score', 'incomplete failed 0.3', 'Completed FullyGraded 30'],
    ['score', 'completed passed', 'Completed FullyGraded 100'],
    ['score', 'completed failed', 'Completed FullyGraded 0'],
    ['completion', 'nothing', 'Started NotReady'],
    ['completion', 'incomplete passed 1', 'InProgress Pending'],
    ['completion', 'passed', 'Completed FullyGraded 100'],
    ['completion', 'failed', 'Started NotReady'],
    ['completion', 'completed failed 0.1', 'Completed FullyGraded 100'],
    ['completion', 'completed', 'Completed FullyGraded 100'],
    ['pass', 'incomplete 0.9', 'InProgress Pending'],
    ['pass', 'completed', 'Completed Pending'],
    ['pass', 'completed 0.9', 'Completed Pending'],
    ['pass', 'completed passed 0.8', 'Completed FullyGraded 100'],
    ['pass', 'failed 0.8', 'Completed FullyGraded 0'],
  ];
  for (const [counts, words, expected] of table) {
    it(`counts ${counts}: ${words} → ${expected}`, () => {
      const { activityProgress, gradingProgress, scoreGiven, scoreMaximum } = scoreFor(
        progress(words),
        rules(counts),
      )!;
      assert.equal(
        [activityProgress, gradingProgress, scoreGiven].filter((part) => part !== undefined).join(' '),
        expected,
      );
      assert.equal(scoreMaximum, scoreGiven === undefined ? undefined : 100);
    });
  }

  // pass mark, whose word goes first, progress → points of 100
  const marks: [number | undefined, Rules['passBy'], string, string][] = [
    [0.8, undefined, 'completed 0.8', 'Completed FullyGraded 100'],
    [0.8, undefined, 'completed 0.79', 'Completed FullyGraded 0'],
    [0.8, undefined, 'completed', 'Completed Pending'],
    // A score on the way may still become another.
    [0.8, undefined, 'incomplete 0.9', 'InProgress Pending'],
    [0.8, undefined, 'incomplete 0.1', 'InProgress Pending'],
    [0.8, 'mark', 'incomplete 0.9', 'InProgress Pending'],
    // The course's own word goes first …
    [0.8, undefined, 'completed passed 0.5', 'Completed FullyGraded 100'],
    [0.8, 'course', 'completed failed 0.9', 'Completed FullyGraded 0'],
    // … or the mark's, wherever there is a score.
    [0.8, 'mark', 'completed passed 0.5', 'Completed FullyGraded 0'],
    [0.8, 'mark', 'completed failed 0.9', 'Completed FullyGraded 100'],
    [0.8, 'mark', 'incomplete failed 0.9', 'Completed FullyGraded 100'],
    [0.8, 'mark', 'completed passed', 'Completed FullyGraded 100'],
    [0.8, 'mark', 'completed failed', 'Completed FullyGraded 0'],
    [0, 'mark', 'completed 0', 'Completed FullyGraded 100'],
    [undefined, 'mark', 'completed failed 0.9', 'Completed FullyGraded 0'],
  ];
  for (const [passMark, passBy, words, expected] of marks)
    it(`with ${passMark ?? 'no'} to pass, by the ${passBy ?? 'course'} first: ${words} → ${expected}`, () => {
      const { activityProgress, gradingProgress, scoreGiven } = scoreFor(progress(words), {
        ...rules('pass'),
        passMark,
        passBy,
      })!;
      assert.equal(
        [activityProgress, gradingProgress, scoreGiven].filter((part) => part !== undefined).join(' '),
        expected,
      );
    });

  it('has no use for a pass mark where passing does not count', () => {
    for (const counts of ['score', 'completion'] as const) {
      const marked = { ...rules(counts), passMark: 0.8, passBy: 'mark' as const };
      for (const words of ['completed 0.5', 'completed failed 0.9', 'incomplete 0.9'])
        assert.deepEqual(scoreFor(progress(words), marked), scoreFor(progress(words), rules(counts)));
    }
  });

  it('takes a score for reached that is off by how a computer reckons', () =>
    assert.equal(
      scoreFor({ ...progress('completed'), score: 0.7 + 0.1 }, { ...rules('pass'), passMark: 0.8 })
        ?.scoreGiven,
      100,
    ));

  it('waits for the score of a course that is known to give one', () => {
    assert.deepEqual(scoreFor(progress('completed'), rules(), true), {
      activityProgress: 'Completed',
      gradingProgress: 'Pending',
    });
  });

  // counts, progress → what it is worth while the course is open, where that differs from what it is worth when it was left
  const open: [Rules['counts'], string, string][] = [
    ['score', 'incomplete', 'InProgress NotReady'],
    ['score', 'completed', 'Completed Pending'],
    ['score', 'completed 0.4', 'Completed FullyGraded 40'],
    ['score', 'completed 0', 'Completed FullyGraded 0'],
    ['score', 'completed passed', 'Completed FullyGraded 100'],
    ['score', 'completed failed', 'Completed FullyGraded 0'],
    ['score', 'passed', 'Completed FullyGraded 100'],
    ['completion', 'completed', 'Completed FullyGraded 100'],
    ['completion', 'passed', 'Completed FullyGraded 100'],
    ['pass', 'completed', 'Completed Pending'],
    ['pass', 'completed passed', 'Completed FullyGraded 100'],
  ];
  for (const [counts, words, expected] of open) {
    it(`while it is played, counts ${counts}: ${words} → ${expected}`, () => {
      const { activityProgress, gradingProgress, scoreGiven } = scoreFor(
        { ...progress(words), open: true },
        rules(counts),
      )!;
      assert.equal(
        [activityProgress, gradingProgress, scoreGiven].filter((part) => part !== undefined).join(' '),
        expected,
      );
    });
  }

  it('keeps a score within the column and to five decimals', () => {
    assert.equal(scoreFor({ ...progress('completed'), score: 1.7 }, rules())?.scoreGiven, 100);
    assert.equal(scoreFor({ ...progress('completed'), score: -0.5 }, rules())?.scoreGiven, 0);
    assert.equal(
      scoreFor({ ...progress('completed'), score: 2 / 3 }, rules('score', 'best', 10))?.scoreGiven,
      6.66667,
    );
    assert.equal(
      scoreFor({ ...progress('completed'), score: 0.1 + 0.2 }, rules('score', 'best', 10))?.scoreGiven,
      3,
    );
  });

  it('is nothing where the link gives no points', () => {
    for (const points of [0, -1, NaN])
      assert.equal(scoreFor(progress('completed 1'), rules('score', 'best', points)), undefined);
  });
});

describe('what several attempts come to', () => {
  const attempts = ['completed 0.6', 'completed failed 0.2', 'completed passed 0.9', 'incomplete 0.1'].map(
    progress,
  );
  const table: [Rules['keep'], number][] = [
    ['best', 90],
    ['last', 90],
    ['first', 60],
    ['average', 56.66667],
  ];
  for (const [keep, points] of table) {
    it(`keeps the ${keep}, of the finished ones`, () => {
      const grade = gradeOf(attempts, rules('score', keep))!;
      assert.deepEqual([grade.gradingProgress, grade.scoreGiven], ['FullyGraded', points]);
    });
  }

  it('keeps the last even where it is the worst', () => {
    assert.equal(
      gradeOf([progress('completed 0.9'), progress('completed 0.1')], rules('score', 'last'))?.scoreGiven,
      10,
    );
  });

  it('shows the newest attempt while none is finished', () => {
    assert.equal(
      gradeOf([progress('incomplete 0.4'), progress('nothing')], rules())?.activityProgress,
      'Started',
    );
  });

  it('counts what was left, while another attempt is played', () => {
    const played = { ...progress('completed'), open: true };
    assert.equal(gradeOf([progress('completed'), played], rules())?.scoreGiven, 100);
    assert.equal(gradeOf([progress('completed 0.5'), played], rules())?.scoreGiven, 50);
    assert.equal(gradeOf([played], rules())?.scoreGiven, undefined);
  });

  it('does not take completion for full marks where another attempt shows that the course gives a score', () => {
    assert.equal(gradeOf([progress('completed'), progress('completed 0.5')], rules())?.scoreGiven, 50);
  });
});

describe('what is worth sending', () => {
  const of = (words: string, { keep = 'best' as Rules['keep'] } = {}): Grade =>
    gradeOf([progress(words)], rules('score', keep))!;
  const table: [before: string, next: string, keep: Rules['keep'], worth: boolean, why: string][] = [
    ['nothing', 'nothing', 'best', false, 'nothing changed'],
    ['nothing', 'incomplete', 'best', true, 'it goes on'],
    ['incomplete', 'incomplete 0.5', 'best', true, 'a grade is pending'],
    ['incomplete 0.5', 'incomplete 0.7', 'best', false, 'scores on the way are not sent'],
    ['incomplete', 'completed 0.5', 'best', true, 'it is finished'],
    ['completed 0.5', 'completed 0.5', 'best', false, 'nothing changed'],
    ['completed 0.5', 'completed passed 0.5', 'best', false, 'the points are the same'],
    ['completed 0.5', 'completed 0.6', 'best', true, 'it is better'],
    ['completed 0.5', 'completed 0.4', 'best', false, 'it is worse'],
    ['completed 0.5', 'completed 0.4', 'first', false, 'it is worse'],
    ['completed 0.5', 'completed 0.4', 'last', true, 'the last counts'],
    ['completed 0.5', 'completed 0.4', 'average', true, 'an average goes down too'],
    ['completed 0.5', 'incomplete', 'last', false, 'a grade that stands is not taken back'],
    ['completed 0.5', 'nothing', 'best', false, 'a grade that stands is not taken back'],
    ['completed', 'completed 0.4', 'best', true, 'full marks were early: a score came after them'],
    ['completed', 'completed failed', 'best', false, 'it is worse, and no score is behind it'],
  ];
  for (const [before, next, keep, worth, why] of table) {
    it(`${before} → ${next} (${keep}): ${worth ? 'sent' : 'not sent'}, for ${why}`, () => {
      assert.equal(isWorthSending(of(next, { keep }), of(before, { keep }), rules('score', keep)), worth);
    });
  }

  it('sends whatever is first', () => assert.equal(isWorthSending(of('nothing'), undefined, rules()), true));

  it('sees through a column whose points were changed', () => {
    const before = gradeOf([progress('completed 0.5')], rules('score', 'best', 10))!;
    const same = gradeOf([progress('completed 0.5')], rules('score', 'best', 100))!;
    assert.equal(isWorthSending(same, before, rules()), false);
  });
});
