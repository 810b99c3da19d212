import assert from 'node:assert/strict';
import type { ConditionName } from '../../../src/scorm/sequencing/definition.ts';
import type { ObjectiveInfo } from '../../../src/scorm/sequencing/state.ts';
import {
  combine,
  isDisabled,
  isLimited,
  isMet,
  ruleThatHolds,
  type Truth,
} from '../../../src/scorm/sequencing/rules.ts';
import { track } from '../../../src/scorm/sequencing/world.ts';
import { at, flowing, knows, pre, sco, when, world } from './trees.ts';

describe('sequencing rules (UP.1, UP.2, UP.5)', () => {
  const conditions: [ConditionName, ObjectiveInfo | undefined, Truth][] = [
    ['always', undefined, true],
    ['never', undefined, false],
    ['satisfied', undefined, undefined],
    ['satisfied', { s: true }, true],
    ['satisfied', { s: false }, false],
    ['objectiveStatusKnown', undefined, false],
    ['objectiveStatusKnown', { s: false }, true],
    ['objectiveMeasureKnown', { s: true }, false],
    ['objectiveMeasureKnown', { m: 0 }, true],
    ['objectiveMeasureGreaterThan', undefined, undefined],
    ['objectiveMeasureGreaterThan', { m: 0.5 }, false],
    ['objectiveMeasureGreaterThan', { m: 0.51 }, true],
    ['objectiveMeasureLessThan', { m: 0.5 }, false],
    ['objectiveMeasureLessThan', { m: -1 }, true],
    ['completed', undefined, undefined],
    ['completed', { c: 'incomplete' }, false],
    ['completed', { c: 'completed' }, true],
    ['activityProgressKnown', undefined, false],
    ['activityProgressKnown', { c: 'incomplete' }, true],
    ['attempted', undefined, false],
    ['attempted', {}, true],
    ['timeLimitExceeded', {}, undefined],
    ['outsideAvailableTimeRange', {}, undefined],
  ];
  for (const [is, info, truth] of conditions) {
    const said = info === undefined ? 'of an activity nobody tried' : `of ${JSON.stringify(info)}`;
    it(`${is} ${said} is ${truth}, and with "not" ${truth === undefined ? 'unknown too' : !truth}`, () => {
      const in_ = world(flowing([sco('a')]));
      if (info) knows(in_, 'a', info);
      assert.equal(isMet(in_, at(in_, 'a'), when(is, { than: 0.5 })), truth);
      const not = isMet(in_, at(in_, 'a'), when(is, { than: 0.5, not: true }));
      assert.equal(not, truth === undefined ? undefined : !truth);
    });
  }

  it('compares the measure where an objective is satisfied by measure, at its threshold too', () => {
    const objectives = [{ primary: true, byMeasure: true, minMeasure: 0.7 }];
    for (const [m, truth] of [
      [0.69, false],
      [0.7, true],
      [undefined, undefined],
    ] as const) {
      const in_ = world(flowing([sco('a', { objectives })]));
      knows(in_, 'a', { s: true, ...(m === undefined ? {} : { m }) });
      assert.equal(isMet(in_, at(in_, 'a'), when('satisfied')), truth);
    }
  });

  it('asks the objective a condition names, and knows nothing of one there is not', () => {
    const in_ = world(flowing([sco('a', { objectives: [{ primary: true }, { id: 'two' }] })]));
    knows(in_, 'a', { s: true, c: 'completed' }, 'two');
    const named = (is: ConditionName, objective: string) => isMet(in_, at(in_, 'a'), when(is, { objective }));
    assert.equal(named('satisfied', 'two'), true);
    assert.equal(named('completed', 'two'), true);
    assert.equal(named('satisfied', 'three'), undefined);
    assert.equal(named('objectiveStatusKnown', 'three'), false);
  });

  it('knows nothing of what is not tracked', () => {
    const in_ = world(flowing([sco('a', { tracked: false, attemptLimit: 1 })]));
    knows(in_, 'a', { s: true, m: 1, c: 'completed' });
    const truths = [
      'satisfied',
      'objectiveMeasureKnown',
      'completed',
      'attempted',
      'attemptLimitExceeded',
    ] as const;
    assert.deepEqual(
      truths.map((is) => isMet(in_, at(in_, 'a'), when(is))),
      [undefined, false, undefined, false, false],
    );
  });

  const [T, F, U] = [when('always'), when('never'), when('satisfied')];
  const tables: [string, (typeof T)[], Truth, Truth][] = [
    ['true true', [T, T], true, true],
    ['true false', [T, F], false, true],
    ['false false', [F, F], false, false],
    ['true unknown', [T, U], undefined, true],
    ['unknown true', [U, T], undefined, true],
    ['false unknown', [F, U], false, undefined],
    ['unknown false', [U, F], false, undefined],
    ['unknown', [U], undefined, undefined],
    ['nothing', [], undefined, undefined],
  ];
  for (const [name, list, all, any] of tables) {
    it(`of ${name}: all is ${all}, any is ${any}`, () => {
      const in_ = world(flowing([sco('a')]));
      assert.equal(combine(in_, at(in_, 'a'), list, false), all);
      assert.equal(combine(in_, at(in_, 'a'), list, true), any);
    });
  }

  it('takes the first rule that holds', () => {
    const in_ = world(flowing([sco('a')]));
    const rules = [
      { do: 'never', when: [F] },
      { do: 'unknown', when: [U] },
      { do: 'second', when: [T] },
      { do: 'third', when: [T] },
    ];
    assert.equal(ruleThatHolds(in_, at(in_, 'a'), rules), 'second');
    assert.equal(ruleThatHolds(in_, at(in_, 'a'), []), undefined);
  });

  it('limits attempts when one would begin, not while one goes on or is suspended', () => {
    const in_ = world(flowing([sco('a', { attemptLimit: 1 })]));
    const a = at(in_, 'a');
    assert.equal(isLimited(in_, a), false);
    track(in_, a).n = 1;
    assert.equal(isLimited(in_, a), true);
    track(in_, a).on = 1;
    assert.equal(isLimited(in_, a), false);
    delete track(in_, a).on;
    track(in_, a).susp = 1;
    assert.equal(isLimited(in_, a), false);
  });

  it('disables by rule or by limit', () => {
    const in_ = world(flowing([sco('a', pre('disabled')), sco('b', { attemptLimit: 0 }), sco('c')]));
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => isDisabled(in_, at(in_, id))),
      [true, true, false],
    );
  });
});
