import type { ActivityDefinition, CourseDefinition } from '../course.ts';
import type {
  ObjectiveDefinition,
  PostAction,
  PreAction,
  RollupAction,
  RollupRule,
  Rule,
  Shared,
} from './definition.ts';

/** An objective with its maps sorted by what they share. */
export type Objective = {
  /** Its id, `` for a primary one without. */
  key: string;
  primary: boolean;
  byMeasure: boolean;
  minMeasure: number;
  /** The one global objective that each thing is read from (SN 3.10.2: at most one). */
  reads: Partial<Record<Shared, string>>;
  writes: Partial<Record<Shared, string[]>>;
};

/** An activity in its tree, with every default of its sequencing applied. */
export type Activity = {
  readonly definition: ActivityDefinition;
  readonly id: string;
  /** Place in a walk through the whole tree, from the root. */
  readonly index: number;
  readonly parent?: Activity;
  /** All children; which of them are available is a matter of state. */
  readonly all: readonly Activity[];
  /** Place among all children of the parent. */
  readonly place: number;
  readonly depth: number;
  readonly choice: boolean;
  readonly choiceExit: boolean;
  readonly flow: boolean;
  readonly forwardOnly: boolean;
  readonly useObjectives: boolean;
  readonly useProgress: boolean;
  readonly preventActivation: boolean;
  readonly constrainChoice: boolean;
  readonly pre: Readonly<Record<PreAction, readonly Rule<PreAction>[]>>;
  readonly exit: readonly Rule<'exit'>[];
  readonly post: readonly Rule<PostAction>[];
  readonly attemptLimit?: number;
  readonly tracked: boolean;
  readonly completionSetByContent: boolean;
  readonly objectiveSetByContent: boolean;
  /** adlcp:completionThreshold, where completion is by measure. */
  readonly completedBy?: number;
  readonly rollup: Readonly<Record<RollupAction, readonly RollupRule[]>>;
  readonly rollsUpObjective: boolean;
  readonly rollsUpProgress: boolean;
  readonly weight: number;
  readonly progressWeight: number;
  readonly measureIfActive: boolean;
  /** The primary first. There always is one. */
  readonly objectives: readonly Objective[];
  readonly byId: ReadonlyMap<string, Objective>;
};

export type Tree = {
  readonly root: Activity;
  /** All activities in document order; `list[i].index === i`. */
  readonly list: readonly Activity[];
  readonly byId: ReadonlyMap<string, Activity>;
  /** The activities whose primary objective reads from a global one: their parents' roll-up changes with it (SN 4.6.1). */
  readonly readers: ReadonlyMap<string, readonly Activity[]>;
  /** Does any activity select or reorder its children? */
  readonly isRandom: boolean;
  /** Does the manifest say how its parts make up the whole: roll-up rules, weights, what is tracked or selected? */
  readonly rollsUp: boolean;
  /** adlseq:objectivesGlobalToSystem is false: global objectives are the course's own. */
  readonly ownGlobals: boolean;
};

const trees = new WeakMap<CourseDefinition, Tree>();

/** The tree of a course. Made once: definitions never change. */
export function treeOf(definition: CourseDefinition): Tree {
  const known = trees.get(definition);
  if (known) return known;
  const tree = plantTree(definition);
  trees.set(definition, tree);
  return tree;
}

function plantTree({ root, objectivesGlobalToSystem }: CourseDefinition): Tree {
  const list: Activity[] = [];
  const readers = new Map<string, Activity[]>();
  const grow = (definition: ActivityDefinition, place: number, depth: number, parent?: Activity) => {
    const all: Activity[] = [];
    const activity: Activity = { ...withDefaults(definition), index: list.length, parent, all, place, depth };
    list.push(activity);
    const { satisfied, measure, completion, progress } = activity.objectives[0]!.reads;
    for (const target of new Set([satisfied, measure, completion, progress])) {
      if (target !== undefined) readers.set(target, [...(readers.get(target) ?? []), activity]);
    }
    for (const [i, child] of definition.children.entries()) all.push(grow(child, i, depth + 1, activity));
    return activity;
  };
  const top = grow(root, 0, 0);
  return {
    root: top,
    list,
    byId: new Map(list.map((activity) => [activity.id, activity])),
    readers,
    isRandom: list.some(({ definition }) => definition.randomization !== undefined),
    rollsUp: list.some(saysHowToRollUp),
    ownGlobals: objectivesGlobalToSystem === false,
  };
}

function saysHowToRollUp({ definition, all, completedBy, objectives }: Activity): boolean {
  const { rollup, tracked, randomization } = definition;
  if (rollup || tracked === false || randomization) return true;
  const [primary] = objectives;
  return all.length > 0 && (completedBy !== undefined || primary!.byMeasure || 'satisfied' in primary!.reads);
}

type OfItself = Omit<Activity, 'index' | 'parent' | 'all' | 'place' | 'depth'>;

function withDefaults(definition: ActivityDefinition): OfItself {
  const { controls = {}, constrained = {}, rules = {}, rollup = {} } = definition;
  const objectives = objectivesOf(definition);
  return {
    definition,
    id: definition.id,
    choice: controls.choice ?? true,
    choiceExit: controls.choiceExit ?? true,
    flow: controls.flow ?? false,
    forwardOnly: controls.forwardOnly ?? false,
    useObjectives: controls.useCurrentAttemptObjectiveInfo ?? true,
    useProgress: controls.useCurrentAttemptProgressInfo ?? true,
    preventActivation: constrained.preventActivation ?? false,
    constrainChoice: constrained.constrainChoice ?? false,
    pre: {
      skip: (rules.pre ?? []).filter((rule) => rule.do === 'skip'),
      disabled: (rules.pre ?? []).filter((rule) => rule.do === 'disabled'),
      hiddenFromChoice: (rules.pre ?? []).filter((rule) => rule.do === 'hiddenFromChoice'),
      stopForwardTraversal: (rules.pre ?? []).filter((rule) => rule.do === 'stopForwardTraversal'),
    },
    exit: rules.exit ?? [],
    post: rules.post ?? [],
    attemptLimit: definition.attemptLimit,
    tracked: definition.tracked ?? true,
    completionSetByContent: definition.completionSetByContent ?? false,
    objectiveSetByContent: definition.objectiveSetByContent ?? false,
    completedBy: definition.thresholdYields ? undefined : definition.completionThreshold,
    rollup: rollupRules(rollup.rules ?? []),
    rollsUpObjective: rollup.objective ?? true,
    rollsUpProgress: rollup.progress ?? true,
    weight: rollup.weight ?? 1,
    progressWeight: rollup.progressWeight ?? 1,
    measureIfActive: rollup.measureSatisfactionIfActive ?? true,
    objectives,
    byId: new Map(objectives.map((objective) => [objective.key, objective])),
  };
}

/** Where a manifest has no rule for satisfaction, or none for completion, these hold (SN 4.6.5, 4.6.6). */
function rollupRules(rules: RollupRule[]): Activity['rollup'] {
  const of = (action: RollupAction) => rules.filter((rule) => rule.do === action);
  const all = (action: RollupAction, is: RollupRule['when'][number]['is']): RollupRule[] => [
    { do: action, of: 'all', when: [{ is }] },
  ];
  const own = {
    satisfied: of('satisfied'),
    notSatisfied: of('notSatisfied'),
    completed: of('completed'),
    incomplete: of('incomplete'),
  };
  const isSuccess = own.satisfied.length + own.notSatisfied.length > 0;
  const isProgress = own.completed.length + own.incomplete.length > 0;
  return {
    satisfied: isSuccess ? own.satisfied : all('satisfied', 'satisfied'),
    notSatisfied: isSuccess ? own.notSatisfied : all('notSatisfied', 'objectiveStatusKnown'),
    completed: isProgress ? own.completed : all('completed', 'completed'),
    incomplete: isProgress ? own.incomplete : all('incomplete', 'activityProgressKnown'),
  };
}

function objectivesOf(definition: ActivityDefinition): Objective[] {
  const { objectives = [] } = definition;
  const primary = objectives.find((one) => one.primary);
  const others = objectives.filter((one) => one !== primary && one.id !== undefined);
  // The score from which a course is passed, said without an objective to say it of (a definition of our own making).
  const { scaledPassingScore } = definition;
  const first: ObjectiveDefinition =
    primary === undefined || (primary.byMeasure === undefined && scaledPassingScore !== undefined)
      ? {
          ...primary,
          primary: true,
          byMeasure: scaledPassingScore !== undefined,
          minMeasure: scaledPassingScore,
        }
      : primary;
  return [first, ...others].map((one, i) => objectiveOf(one, i === 0));
}

function objectiveOf(definition: ObjectiveDefinition, primary: boolean): Objective {
  const reads: Objective['reads'] = {};
  const writes: Objective['writes'] = {};
  for (const { to, read, write } of definition.maps ?? []) {
    for (const what of read) reads[what] ??= to;
    for (const what of write) (writes[what] ??= []).push(to);
  }
  return {
    key: definition.id ?? '',
    primary,
    byMeasure: definition.byMeasure ?? false,
    minMeasure: definition.minMeasure ?? 1,
    reads,
    writes,
  };
}
