import type { Condition, PreAction, Rule } from './definition.ts';
import { completionOf, measureOf, satisfactionOf } from './objectives.ts';
import type { Activity } from './tree.ts';
import { seen, type World } from './world.ts';

/** True, false, or undefined for unknown: conditions have three values (SN 3.4.2). */
export type Truth = boolean | undefined;

/** Evaluates one condition for an activity. `rollup`: what stems from before the parent's present attempt is unknown. */
export function isMet(world: World, activity: Activity, condition: Condition, rollup = false): Truth {
  const truth = valueOf(world, activity, condition, rollup);
  return truth === undefined || !condition.not ? truth : !truth;
}

function valueOf(world: World, activity: Activity, condition: Condition, rollup: boolean): Truth {
  const objective =
    condition.objective === undefined || rollup
      ? activity.objectives[0]
      : activity.byId.get(condition.objective);
  switch (condition.is) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'satisfied':
      return objective && satisfactionOf(world, activity, objective, rollup);
    case 'objectiveStatusKnown':
      return objective !== undefined && satisfactionOf(world, activity, objective, rollup) !== undefined;
    case 'objectiveMeasureKnown':
      return objective !== undefined && measureOf(world, activity, objective, rollup) !== undefined;
    case 'objectiveMeasureGreaterThan':
    case 'objectiveMeasureLessThan': {
      const measure = objective && measureOf(world, activity, objective, rollup);
      if (measure === undefined) return undefined;
      const than = condition.than ?? 0;
      return condition.is === 'objectiveMeasureGreaterThan' ? measure > than : measure < than;
    }
    case 'completed':
      return objective && completionOf(world, activity, objective, rollup);
    case 'activityProgressKnown':
      return objective !== undefined && completionOf(world, activity, objective, rollup) !== undefined;
    case 'attempted':
      return attemptsOf(world, activity) > 0;
    case 'attemptLimitExceeded':
      return activity.attemptLimit === undefined
        ? undefined
        : attemptsOf(world, activity) >= activity.attemptLimit;
    default:
      // Time limits: their evaluation is optional, and they are unknown where nobody keeps the time (SN 3.6).
      return undefined;
  }
}

/** Activity Attempt Count; none is kept of what is not tracked. */
export function attemptsOf(world: World, activity: Activity): number {
  return activity.tracked ? (seen(world, activity).n ?? 0) : 0;
}

/** Sequencing Rule Check Subprocess (UP.2.1), and the same for the conditions of a roll-up rule (RB.1.4.1). */
export function combine(
  world: World,
  activity: Activity,
  when: readonly Condition[],
  any: boolean,
  rollup = false,
): Truth {
  // No conditions: nothing can be said (SN UP.2.1).
  let result: Truth = when.length === 0 ? undefined : !any;
  for (const condition of when) {
    const truth = isMet(world, activity, condition, rollup);
    if (truth === any) return any;
    if (truth === undefined) result = undefined;
  }
  return result;
}

/** Sequencing Rules Check Process (UP.2): the action of the first rule that holds. */
export function ruleThatHolds<Action>(
  world: World,
  activity: Activity,
  rules: readonly Rule<Action>[],
): Action | undefined {
  for (const rule of rules) {
    if (combine(world, activity, rule.when, rule.any === true)) return rule.do;
  }
  return undefined;
}

export function holds(world: World, activity: Activity, action: PreAction): boolean {
  return ruleThatHolds(world, activity, activity.pre[action]) !== undefined;
}

/** Limit Conditions Check Process (UP.1). They matter when an attempt would begin. */
export function isLimited(world: World, activity: Activity): boolean {
  if (!activity.tracked || activity.attemptLimit === undefined) return false;
  const { on, susp } = seen(world, activity);
  return !on && !susp && attemptsOf(world, activity) >= activity.attemptLimit;
}

/** Is it disabled whatever happens, or may it be attempted not even once? */
export function isNeverDelivered({ pre, tracked, attemptLimit }: Activity): boolean {
  const always = ({ is, not }: Condition) => (not ? is === 'never' : is === 'always');
  const isOff = pre.disabled.some(
    ({ when, any }) => when.length > 0 && (any ? when.some(always) : when.every(always)),
  );
  return isOff || (tracked && attemptLimit === 0);
}

/** Check Activity Process (UP.5): true: it may not be delivered. */
export function isDisabled(world: World, activity: Activity): boolean {
  return holds(world, activity, 'disabled') || isLimited(world, activity);
}
