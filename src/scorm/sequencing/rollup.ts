import type { RollupAction, RollupRule } from './definition.ts';
import { measureOf, progressOf, setCompletion, setMeasure, setProgress, setSatisfied } from './objectives.ts';
import { attemptsOf, combine, holds, type Truth } from './rules.ts';
import type { Activity } from './tree.ts';
import { childrenOf, isAvailable, isLeaf, pathUp, seen, type World } from './world.ts';

/**
 * Overall Rollup Process (RB.1.5): from an activity up to the root. What the activities on the way write into global
 * objectives changes those that read them, so that the ancestors of these roll up too (SN 4.6.1).
 */
export function overallRollup(world: World, from: Activity): void {
  const clusters = new Set(pathUp(from).filter((activity) => !isLeaf(activity)));
  if (world.tree.readers.size > 0) {
    // Of what is above, roll-up changes the primary objective only.
    const written = [...from.objectives, ...pathUp(from).map((activity) => activity.objectives[0]!)];
    for (const target of new Set(written.flatMap(({ writes }) => Object.values(writes).flat())))
      addReaders(world, target, clusters);
  }
  // The deepest first; a Map would not help: there are few.
  for (const cluster of [...clusters].sort((a, b) => b.depth - a.depth)) rollUp(world, cluster);
}

function addReaders(world: World, target: string, clusters: Set<Activity>): void {
  for (const reader of world.tree.readers.get(target) ?? []) {
    if (!reader.parent || !isAvailable(world, reader.parent)) continue;
    for (const cluster of pathUp(reader.parent)) clusters.add(cluster);
  }
}

/** The roll-up of one cluster: measure, progress measure, satisfaction, completion. */
export function rollUp(world: World, cluster: Activity): void {
  if (!cluster.tracked) return;
  measureRollup(world, cluster);
  completionMeasureRollup(world, cluster);
  objectiveRollup(world, cluster);
  activityProgressRollup(world, cluster);
}

/** Measure Rollup Process (RB.1.1.a): the weighted mean, in which a child without a measure counts as nought. */
function measureRollup(world: World, cluster: Activity): void {
  const mean = weightedMean(world, cluster, 'weight', measureOf);
  setMeasure(world, cluster, cluster.objectives[0]!, mean);
}

/** Completion Measure Rollup Process (RB.1.1.b). */
function completionMeasureRollup(world: World, cluster: Activity): void {
  const mean = weightedMean(world, cluster, 'progressWeight', progressOf);
  setProgress(world, cluster, cluster.objectives[0]!, mean);
}

function weightedMean(
  world: World,
  cluster: Activity,
  weight: 'weight' | 'progressWeight',
  valueOf: typeof measureOf,
): number | undefined {
  let [sum, counted, valid] = [0, 0, false];
  for (const child of childrenOf(world, cluster)) {
    if (!child.tracked) continue;
    counted += child[weight];
    const value = valueOf(world, child, child.objectives[0]!, true);
    if (value === undefined) continue;
    sum += value * child[weight];
    valid = true;
  }
  // Without the dust of binary fractions: 0.7 is a usual score to pass by.
  return valid && counted > 0 ? Math.round((sum / counted) * 1e9) / 1e9 : undefined;
}

/** Objective Rollup Process (RB.1.2): by measure that is already done, else by rules or their defaults. */
function objectiveRollup(world: World, cluster: Activity): void {
  const primary = cluster.objectives[0]!;
  if (primary.byMeasure) return;
  if (ruleCheck(world, cluster, 'satisfied')) setSatisfied(world, cluster, primary, true);
  else if (ruleCheck(world, cluster, 'notSatisfied')) setSatisfied(world, cluster, primary, false);
}

/** Activity Progress Rollup Process (RB.1.3). */
function activityProgressRollup(world: World, cluster: Activity): void {
  if (cluster.completedBy !== undefined) return;
  const primary = cluster.objectives[0]!;
  if (ruleCheck(world, cluster, 'completed')) setCompletion(world, cluster, primary, 'completed');
  else if (ruleCheck(world, cluster, 'incomplete')) setCompletion(world, cluster, primary, 'incomplete');
}

/** Rollup Rule Check Subprocess (RB.1.4): does a rule with this action hold? */
export function ruleCheck(world: World, cluster: Activity, action: RollupAction): boolean {
  const rules = cluster.rollup[action];
  if (rules.length === 0) return false;
  const children = childrenOf(world, cluster).filter((child) => isIncluded(world, child, action));
  return rules.some((rule) =>
    isOf(
      rule,
      children.map((child) => combine(world, child, rule.when, rule.all !== true, true)),
    ),
  );
}

/** Of no children at all, all and none of them are; ADL's suite wants a rule for all to hold then (RU-15). */
function isOf({ of, least = 0 }: RollupRule, bag: Truth[]): boolean {
  const met = bag.filter((truth) => truth === true).length;
  const isKnown = bag.some((truth) => truth !== undefined);
  switch (of) {
    case 'all':
      return met === bag.length;
    case 'any':
      return met > 0;
    case 'none':
      return bag.every((truth) => truth === false);
    case 'atLeastCount':
      return isKnown && met >= least;
    default:
      // Authors write two thirds as 0.67.
      return isKnown && met / bag.length >= least - 0.005;
  }
}

/** Check Child for Rollup Subprocess (RB.1.4.2). */
function isIncluded(world: World, child: Activity, action: RollupAction): boolean {
  if (!child.tracked) return false;
  const isSuccess = action === 'satisfied' || action === 'notSatisfied';
  if (!(isSuccess ? child.rollsUpObjective : child.rollsUpProgress)) return false;
  switch (child.definition.rollup?.requiredFor?.[action]) {
    case 'ifNotSuspended':
      return attemptsOf(world, child) === 0 || !seen(world, child).susp;
    case 'ifAttempted':
      return attemptsOf(world, child) > 0;
    case 'ifNotSkipped':
      return !holds(world, child, 'skip');
    default:
      return true;
  }
}
