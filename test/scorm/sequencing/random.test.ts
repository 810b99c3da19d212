import assert from 'node:assert/strict';
import {
  findActivity,
  isLaunchable,
  type ActivityDefinition,
  type CourseDefinition,
} from '../../../src/scorm/course.ts';
import type { Act, EngineState } from '../../../src/scorm/engine.ts';
import {
  apply,
  choose,
  controlsOf,
  entriesAhead,
  entriesOf,
  newState,
  openSession,
  progressOf,
} from '../../../src/scorm/player.ts';
import type {
  Condition,
  ObjectiveDefinition,
  Rollup,
  RollupRule,
  Rule,
  SequencingDefinition,
  Shared,
} from '../../../src/scorm/sequencing/definition.ts';
import { runOf } from '../../../src/scorm/activity.ts';
import { endsItself } from '../../../src/scorm/foresight.ts';
import type { WayRequest } from '../../../src/scorm/way.ts';
import { cluster, course2004, sco, settings } from '../courses.ts';

/** The same lots from the same seed. */
class Lots {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 4_294_967_296) * n);
  }
  once(in_: number): boolean {
    return this.below(in_) === 0;
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[]): T[] {
    return list.filter(() => this.once(2));
  }
}

const conditions: Condition['is'][] = [
  'satisfied',
  'objectiveStatusKnown',
  'objectiveMeasureKnown',
  'objectiveMeasureGreaterThan',
  'completed',
  'activityProgressKnown',
  'attempted',
  'attemptLimitExceeded',
  'always',
];
const shared: Shared[] = ['satisfied', 'measure', 'raw', 'completion', 'progress'];

function conditionsOf(lots: Lots): Condition[] {
  return Array.from({ length: 1 + lots.below(2) }, () => ({
    is: lots.of(conditions),
    than: 0.5,
    ...(lots.once(3) ? { not: true } : {}),
    ...(lots.once(4) ? { objective: 'o' } : {}),
  }));
}

function rulesOf<Action extends string>(lots: Lots, actions: readonly Action[], in_: number): Rule<Action>[] {
  return actions
    .filter(() => lots.once(in_))
    .map((action) => ({ do: action, any: lots.once(2), when: conditionsOf(lots) }));
}

function rollupOf(lots: Lots): Rollup {
  const rule = (): RollupRule => ({
    do: lots.of(['satisfied', 'notSatisfied', 'completed', 'incomplete'] as const),
    of: lots.of(['all', 'any', 'none', 'atLeastCount', 'atLeastPercent'] as const),
    least: lots.of([0, 0.5, 1]),
    when: conditionsOf(lots),
  });
  return {
    rules: Array.from({ length: lots.below(3) }, rule),
    ...(lots.once(3) ? { weight: lots.of([0, 0.5]) } : {}),
    ...(lots.once(4) ? { objective: false } : {}),
    ...(lots.once(4) ? { requiredFor: { satisfied: 'ifNotSuspended', completed: 'ifAttempted' } } : {}),
    ...(lots.once(5) ? { measureSatisfactionIfActive: false } : {}),
  };
}

function objectivesOf(lots: Lots): ObjectiveDefinition[] {
  const maps = () => [{ to: lots.of(['g', 'h']), read: lots.some(shared), write: lots.some(shared) }];
  return [
    {
      primary: true,
      ...(lots.once(2) ? { id: 'p' } : {}),
      ...(lots.once(3) ? { byMeasure: true, minMeasure: 0.5 } : {}),
      maps: maps(),
    },
    { id: 'o', maps: maps() },
  ];
}

function sequencingOf(lots: Lots, isLeaf: boolean): SequencingDefinition {
  return {
    controls: {
      flow: !lots.once(8),
      choice: !lots.once(8),
      choiceExit: !lots.once(10),
      forwardOnly: lots.once(8),
      useCurrentAttemptObjectiveInfo: !lots.once(4),
    },
    constrained: { preventActivation: lots.once(10), constrainChoice: lots.once(10) },
    rules: {
      pre: rulesOf(lots, ['skip', 'disabled', 'hiddenFromChoice', 'stopForwardTraversal'], 12),
      exit: isLeaf ? [] : rulesOf(lots, ['exit'], 10),
      post: rulesOf(lots, ['exitParent', 'exitAll', 'retry', 'retryAll', 'continue', 'previous'], 30),
    },
    ...(lots.once(10) ? { attemptLimit: 1 + lots.below(2) } : {}),
    ...(lots.once(2) ? { rollup: rollupOf(lots) } : {}),
    ...(lots.once(2) ? { objectives: objectivesOf(lots) } : {}),
    ...(lots.once(15) ? { tracked: false } : {}),
    ...(lots.once(4) ? { completionSetByContent: true } : {}),
    ...(isLeaf || !lots.once(6)
      ? {}
      : { randomization: { reorder: 'onEachNewAttempt', select: { timing: 'once', count: lots.below(3) } } }),
  };
}

function courseOf(lots: Lots): CourseDefinition {
  let count = 0;
  const grow = (depth: number): ActivityDefinition => {
    const id = `i${count++}`;
    const isLeaf = depth > 2 || lots.once(2);
    const more = { ...sequencingOf(lots, isLeaf), ...(lots.once(8) ? { completionThreshold: 0.5 } : {}) };
    if (isLeaf) return sco(id, { ...more, kind: lots.once(8) ? 'asset' : 'sco' });
    return cluster(
      id,
      Array.from({ length: 1 + lots.below(3) }, () => grow(depth + 1)),
      more,
    );
  };
  const course = course2004(...Array.from({ length: 2 + lots.below(2) }, () => grow(1)));
  return {
    ...course,
    root: { ...course.root, ...sequencingOf(lots, false) },
    objectivesGlobalToSystem: lots.once(2),
  };
}

const words: Exclude<WayRequest['go'], 'choice' | 'jump'>[] = [
  'begin',
  'start',
  'resumeAll',
  'continue',
  'previous',
  'exit',
  'exitAll',
  'abandon',
  'abandonAll',
  'suspendAll',
];
const rubbish = ['', '__proto__', 'org', 'constructor', 'i999', 'i1 ', '\u0000'];

/** What a learner may ask for, and now and then what nobody would. */
function requestOf(lots: Lots, definition: CourseDefinition, state: EngineState): WayRequest {
  if (lots.once(8)) return { go: lots.of(['choice', 'jump'] as const), target: lots.of([...rubbish, 'i3']) };
  if (state.seq!.at === undefined && !lots.once(4)) return { go: 'begin' };
  const open = entriesOf(definition, state).filter((entry) => entry.open);
  if (open.length > 0 && lots.once(2))
    return { go: lots.of(['choice', 'choice', 'jump'] as const), target: lots.of(open).id };
  return { go: lots.of([...words, 'continue', 'continue', 'previous'] as const) };
}

const values: [string, string[]][] = [
  ['cmi.completion_status', ['completed', 'incomplete', 'unknown', 'not attempted']],
  ['cmi.success_status', ['passed', 'failed', 'unknown']],
  ['cmi.score.scaled', ['1', '0.4', '-1']],
  ['cmi.progress_measure', ['1', '0.4', '0']],
  ['cmi.exit', ['suspend', 'normal', 'time-out', '']],
  ['cmi.objectives.0.success_status', ['passed', 'failed', 'unknown']],
  ['cmi.objectives.0.score.scaled', ['1', '0']],
  ['adl.nav.request', ['continue', 'suspendAll', 'abandon', '{target=i1}choice', '_none_']],
];

const asJson = (state: EngineState) => JSON.parse(JSON.stringify(state)) as EngineState;
const answers = (definition: CourseDefinition, state: EngineState) =>
  JSON.stringify([
    controlsOf(definition, state),
    entriesOf(definition, state),
    progressOf(definition, state),
  ]);

function pathTo(from: ActivityDefinition, id: string): string[] {
  if (from.id === id) return [id];
  const below = from.children.map((child) => pathTo(child, id)).find(({ length }) => length > 0);
  return below ? [from.id, ...below] : [];
}

/** Those activities that are active are one path from the root (SN 4.2.1.1), or less of it; a leaf is the last of them. */
function assertOnePath(definition: CourseDefinition, { seq }: EngineState): void {
  const isActive = (activity: ActivityDefinition) => seq!.tracks[activity.id]?.on === 1;
  const visit = (activity: ActivityDefinition): number => {
    const below = activity.children.map(visit).reduce((a, b) => a + b, 0);
    if (activity.children.length > 0) {
      assert.ok(activity.children.filter(isActive).length <= 1, `two are active in ${activity.id}`);
      assert.ok(below === 0 || isActive(activity), `${activity.id} has ended, but not what is in it`);
    }
    return below + Number(isActive(activity));
  };
  visit(definition.root);
}

describe('whatever a learner asks of whatever course', () => {
  it('the engine answers, keeps a state that is JSON, and the server comes to the same', function () {
    let delivered = 0;
    for (let seed = 1; seed <= 120; seed++) {
      const lots = new Lots(seed);
      const definition = courseOf(lots);
      let stored = newState(definition, seed);
      const session = openSession(definition, stored, settings, () => 0);
      for (let step = 0; step < 18; step++) {
        if (session.showing !== undefined && !lots.once(4)) {
          session.call('Initialize', '');
          for (const [element, list] of values)
            if (lots.once(3)) session.call('SetValue', element, lots.of(list));
          if (lots.once(5))
            session.call('GetValue', `adl.nav.request_valid.choice.{target=i${lots.below(9)}}`);
          if (!lots.once(4)) session.call('Terminate', '');
        }
        const { deliver } = session.navigate(requestOf(lots, definition, session.state));
        if (deliver !== undefined) {
          delivered += 1;
          assert.ok(isLaunchable(findActivity(definition.root, deliver)!), `${deliver} cannot be shown`);
          assert.equal(session.showing, deliver);
        }
        assertOnePath(definition, session.state);
        const { state, refused } = apply(definition, stored, settings, session.takeActs());
        assert.deepEqual(refused, [], `seed ${seed}, step ${step}`);
        stored = asJson(state);
        assert.deepEqual(stored, asJson(session.state), `seed ${seed}, step ${step}`);
        assert.equal(answers(definition, stored), answers(definition, session.state), `seed ${seed}`);
      }
    }
    assert.ok(delivered > 700, `${delivered} of 2160 requests showed something`);
  });

  it('what the contents say is open is what a choice shows', () => {
    let [open, shut] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const lots = new Lots(seed);
      const definition = courseOf(lots);
      const session = openSession(definition, newState(definition, seed), settings, () => 0);
      for (let step = 0; step < 8; step++) {
        const { deliver } = session.navigate(requestOf(lots, definition, session.state));
        if (deliver === undefined) continue;
        session.call('Initialize', '');
        for (const [element, list] of values)
          if (!element.startsWith('adl') && lots.once(3)) session.call('SetValue', element, lots.of(list));
        if (endsItself(runOf(definition, session.state, settings, deliver)!)) {
          session.overrule();
          session.call('Terminate', '');
        }
        for (const entry of entriesAhead(definition, session.state, settings)) {
          if (entry.current) continue;
          const other = openSession(definition, session.state, settings, () => 0);
          const chosen = choose(other, entry.id).deliver;
          const path = chosen === undefined ? [] : pathTo(definition.root, chosen);
          assert.equal(path.includes(entry.id), entry.open, `seed ${seed}, step ${step}: ${entry.id}`);
          if (entry.open) open += 1;
          else shut += 1;
        }
      }
    }
    assert.ok(open > 300 && shut > 300, `${open} were open, ${shut} not`);
  });

  it('the server survives acts that no browser sends', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const lots = new Lots(seed);
      const definition = courseOf(lots);
      const activity = () => (lots.once(4) ? lots.of(rubbish) : `i${lots.below(8)}`);
      const act = (): Act =>
        lots.of<() => Act>([
          () => ({ do: 'open', activity: activity() }),
          () => ({ do: 'initialize', activity: activity() }),
          () => ({
            do: 'set',
            activity: activity(),
            element: lots.of(values)[0],
            value: lots.of(values)[1][0]!,
          }),
          () => ({ do: 'terminate', activity: activity() }),
          () => ({ do: 'close', activity: activity() }),
          () => ({
            do: 'navigate',
            go: lots.of([...words, 'choice', 'jump'] as const),
            activity: activity(),
          }),
        ])();
      const { state } = apply(
        definition,
        newState(definition, seed),
        settings,
        Array.from({ length: 40 }, act),
      );
      assertOnePath(definition, state);
      assert.equal(answers(definition, asJson(state)), answers(definition, state));
    }
  });
});
