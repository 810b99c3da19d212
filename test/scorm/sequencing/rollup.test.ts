import assert from 'node:assert/strict';
import type { Rollup, RollupRule } from '../../../src/scorm/sequencing/definition.ts';
import { courseInfo } from '../../../src/scorm/sequencing/attempts.ts';
import {
  completionOf,
  measureOf,
  progressOf,
  satisfactionOf,
} from '../../../src/scorm/sequencing/objectives.ts';
import { overallRollup } from '../../../src/scorm/sequencing/rollup.ts';
import type { ObjectiveInfo } from '../../../src/scorm/sequencing/state.ts';
import { track, type World } from '../../../src/scorm/sequencing/world.ts';
import type { ActivityDefinition } from '../../../src/scorm/course.ts';
import { at, chapter, flowing, goes, knows, post, pre, rollupRule, sco, when, world } from './trees.ts';

/** The children a, b, c … of a course with what is known of each, rolled up. */
function rolled(
  infos: (ObjectiveInfo | undefined)[],
  root: Partial<ActivityDefinition> = {},
  children: Partial<ActivityDefinition>[] = [],
): World {
  const ids = infos.map((_, i) => 'abcdef'[i]!);
  const in_ = world(
    flowing(
      ids.map((id, i) => sco(id, children[i])),
      root,
    ),
  );
  infos.forEach((info, i) => info && knows(in_, ids[i]!, info));
  overallRollup(in_, in_.tree.root);
  return in_;
}

const success = (in_: World) => satisfactionOf(in_, in_.tree.root, in_.tree.root.objectives[0]!);
const completion = (in_: World) => completionOf(in_, in_.tree.root, in_.tree.root.objectives[0]!);
const measure = (in_: World) => measureOf(in_, in_.tree.root, in_.tree.root.objectives[0]!);
const weights = (...all: number[]) => all.map((weight) => ({ rollup: { weight } }));

describe('roll-up (RB)', () => {
  describe('of measures (RB.1.1)', () => {
    const means: [string, ObjectiveInfo[], Partial<ActivityDefinition>[], number | undefined][] = [
      ['the mean', [{ m: 1 }, { m: 0.5 }], [], 0.75],
      ['a child without a measure counts as nought', [{ m: 1 }, {}, {}], [], 0.333333333],
      ['by weight', [{ m: 1 }, { m: 0 }], weights(0.75, 0.25), 0.75],
      ['a weight of nought does not count', [{ m: 1 }, { m: 0 }], weights(1, 0), 1],
      ['no weight at all: unknown', [{ m: 1 }], weights(0), undefined],
      ['nobody has one: unknown', [{ s: true }, {}], [], undefined],
      ['what is not tracked does not count', [{ m: 1 }, { m: 0 }], [{}, { tracked: false }], 1],
      ['without the dust of binary fractions', [{ m: 0.7 }, { m: 0.7 }, { m: 0.7 }], [], 0.7],
    ];
    for (const [name, infos, children, expected] of means) {
      it(name, () => assert.equal(measure(rolled(infos, {}, children)), expected));
    }

    it('satisfies by measure, and not by rules then', () => {
      const root = { objectives: [{ primary: true, byMeasure: true, minMeasure: 0.6 }] };
      assert.equal(
        success(
          rolled(
            [
              { m: 1, s: false },
              { m: 0.2, s: false },
            ],
            root,
          ),
        ),
        true,
      );
      assert.equal(
        success(
          rolled(
            [
              { m: 0.5, s: true },
              { m: 0.2, s: true },
            ],
            root,
          ),
        ),
        false,
      );
      assert.equal(success(rolled([{ s: true }], root)), undefined);
    });

    it('weighs progress, and completes by it', () => {
      const children = [{ rollup: { progressWeight: 0.25 } }, { rollup: { progressWeight: 0.75 } }];
      const in_ = rolled([{ p: 1 }, { p: 0.2 }], { completionThreshold: 0.4 }, children);
      assert.equal(progressOf(in_, in_.tree.root, in_.tree.root.objectives[0]!), 0.4);
      assert.equal(completion(in_), true);
      assert.equal(completion(rolled([{ p: 1 }, { p: 0.1 }], { completionThreshold: 0.4 }, children)), false);
      assert.equal(completion(rolled([{ c: 'completed' }], { completionThreshold: 0.4 })), undefined);
    });
  });

  describe('without rules', () => {
    const defaults: [string, (ObjectiveInfo | undefined)[], boolean | undefined, boolean | undefined][] = [
      [
        'all satisfied and completed',
        [
          { s: true, c: 'completed' },
          { s: true, c: 'completed' },
        ],
        true,
        true,
      ],
      [
        'all known, one not',
        [
          { s: true, c: 'completed' },
          { s: false, c: 'incomplete' },
        ],
        false,
        false,
      ],
      ['one unknown', [{ s: true, c: 'completed' }, undefined], undefined, undefined],
      ['one unknown, one not', [{ s: false, c: 'incomplete' }, undefined], undefined, undefined],
    ];
    for (const [name, infos, satisfied, completed] of defaults) {
      it(`${name}: satisfied ${satisfied}, completed ${completed}`, () => {
        const in_ = rolled(infos);
        assert.deepEqual([success(in_), completion(in_)], [satisfied, completed]);
      });
    }

    it('leaves out a child that does not contribute', () => {
      const quiet: Rollup = { objective: false, progress: false };
      const in_ = rolled([{ s: true, c: 'completed' }, undefined], {}, [{}, { rollup: quiet }]);
      assert.deepEqual([success(in_), completion(in_)], [true, true]);
    });
  });

  describe('by rules (RB.1.4)', () => {
    const known = [{ s: true }, { s: false }, undefined];
    const sets: [
      RollupRule['of'],
      Partial<RollupRule>,
      (ObjectiveInfo | undefined)[],
      boolean | undefined,
    ][] = [
      ['all', {}, [{ s: true }, { s: true }], true],
      ['all', {}, known, undefined],
      ['any', {}, known, true],
      ['any', {}, [{ s: false }, undefined], undefined],
      ['none', {}, [{ s: false }, { s: false }], true],
      ['none', {}, [{ s: false }, undefined], undefined],
      ['atLeastCount', { least: 1 }, known, true],
      ['atLeastCount', { least: 2 }, known, undefined],
      ['atLeastCount', { least: 0 }, [undefined, undefined], undefined],
      ['atLeastPercent', { least: 0.34 }, known, undefined],
      ['atLeastPercent', { least: 0.33 }, known, true],
      ['atLeastPercent', { least: 0.67 }, [{ s: true }, { s: true }, { s: false }], true],
      ['atLeastPercent', { least: 0.75 }, [{ s: true }, { s: true }, { s: false }], undefined],
    ];
    for (const [of, more, infos, expected] of sets) {
      it(`${of} ${more.least ?? ''} of ${JSON.stringify(infos)} is ${expected}`, () => {
        const rules = [rollupRule('satisfied', of, 'satisfied', more)];
        assert.equal(success(rolled(infos, { rollup: { rules } })), expected);
      });
    }

    it('lets satisfied and completed win over their opposites', () => {
      const rules = [
        rollupRule('satisfied', 'any', 'attempted'),
        rollupRule('notSatisfied', 'any', 'attempted'),
        rollupRule('incomplete', 'any', 'attempted'),
        rollupRule('completed', 'any', 'attempted'),
      ];
      const in_ = rolled([{}], { rollup: { rules } });
      assert.deepEqual([success(in_), completion(in_)], [true, true]);
    });

    it('combines its conditions by any, or all where it says so', () => {
      const two = [when('satisfied'), when('completed')];
      const any = [{ ...rollupRule('satisfied', 'all', 'always'), when: two }];
      const all = [{ ...rollupRule('satisfied', 'all', 'always'), when: two, all: true }];
      assert.equal(success(rolled([{ s: true, c: 'incomplete' }], { rollup: { rules: any } })), true);
      assert.equal(success(rolled([{ s: true, c: 'incomplete' }], { rollup: { rules: all } })), undefined);
    });

    it('has a rule for satisfaction replace the defaults for satisfaction only', () => {
      const rules = [rollupRule('satisfied', 'any', 'never')];
      const in_ = rolled([{ s: true, c: 'completed' }], { rollup: { rules } });
      assert.deepEqual([success(in_), completion(in_)], [undefined, true]);
    });
  });

  describe('considers a child (RB.1.4.2)', () => {
    const satisfied = { s: true };
    const only = (consideration: NonNullable<Rollup['requiredFor']>['satisfied']) => ({
      rollup: { requiredFor: { satisfied: consideration } },
    });

    it('if attempted', () => {
      assert.equal(success(rolled([satisfied, undefined], {}, [{}, only('ifAttempted')])), true);
      assert.equal(success(rolled([satisfied, {}], {}, [{}, only('ifAttempted')])), undefined);
    });

    it('if not suspended', () => {
      const in_ = rolled([satisfied, {}], {}, [{}, only('ifNotSuspended')]);
      assert.equal(success(in_), undefined);
      track(in_, at(in_, 'b')).susp = 1;
      overallRollup(in_, in_.tree.root);
      assert.equal(success(in_), true);
    });

    it('if not skipped', () => {
      const skipped = { ...only('ifNotSkipped'), ...pre('skip') };
      assert.equal(success(rolled([satisfied, undefined], {}, [{}, skipped])), true);
      assert.equal(success(rolled([satisfied, undefined], {}, [{}, only('ifNotSkipped')])), undefined);
    });
  });

  it('rolls up where a global objective is read', () => {
    const global = (read: 'satisfied'[], write: 'satisfied'[]) => [
      { primary: true, maps: [{ to: 'g', read, write }] },
    ];
    const in_ = world(
      flowing([
        chapter('one', [sco('a', { objectives: global([], ['satisfied']) })]),
        chapter('two', [sco('b', { objectives: global(['satisfied'], []) })]),
      ]),
    );
    goes(in_, 'start', 'exit');
    const two = at(in_, 'two');
    assert.equal(satisfactionOf(in_, two, two.objectives[0]!), true);
  });

  it('forgets what an earlier attempt on the cluster said, where it counts the present one only', () => {
    for (const [controls, expected] of [
      [{ flow: true }, undefined],
      [{ flow: true, useCurrentAttemptObjectiveInfo: false }, true],
    ] as const) {
      const rules = { rollup: { rules: [rollupRule('satisfied', 'any', 'satisfied')] } };
      const in_ = world(flowing([chapter('one', [sco('a'), sco('b')], { controls, ...rules }), sco('c')]));
      goes(in_, 'start');
      knows(in_, 'a', { s: true });
      goes(in_, 'choice c', 'choice b');
      // A second attempt on the chapter, in which only b was tried and is not through.
      overallRollup(in_, at(in_, 'b'));
      const one = at(in_, 'one');
      assert.equal(satisfactionOf(in_, one, one.objectives[0]!), expected);
    }
  });

  it('keeps the best a course has come to, when it is tried again', () => {
    const in_ = world(flowing([sco('a')], post('retry', when('completed'))));
    goes(in_, 'start');
    knows(in_, 'a', { s: true, m: 0.8, c: 'completed' });
    assert.deepEqual(goes(in_, 'continue'), ['end']);
    assert.deepEqual(goes(in_, 'start'), ['a']);
    const { s, m, c } = courseInfo(in_);
    assert.deepEqual([s, m, c], [true, 0.8, 'completed']);
  });
});
