import type { Shared } from './definition.ts';
import type { ObjectiveInfo } from './state.ts';
import type { Activity, Objective } from './tree.ts';
import { seen, track, type World } from './world.ts';

// The Tracking Model's objectives (SN 4.2.1.1) and what they share with global ones (SN 3.10.2). Satisfaction, measure and scores
// that are read from a global objective are the global one's, known or not; completion and progress are only where it has them.
// ADL's sequencer and the cases of its suite have it so; the book leaves it open.

const nothing: Readonly<ObjectiveInfo> = {};

/** What is known of an objective in the activity's present attempt, by itself. */
export function localInfo(world: World, activity: Activity, objective: Objective): Readonly<ObjectiveInfo> {
  const mine = seen(world, activity).o;
  return mine && Object.hasOwn(mine, objective.key) ? mine[objective.key]! : nothing;
}

/** What is known under a key, made where there is nothing. Authors choose the keys: `__proto__` is one like any other. */
function infoIn(map: Record<string, ObjectiveInfo>, key: string): ObjectiveInfo {
  if (!Object.hasOwn(map, key))
    Object.defineProperty(map, key, { value: {}, writable: true, enumerable: true, configurable: true });
  return map[key]!;
}

function globalInfo(world: World, objective: Objective, what: Shared): Readonly<ObjectiveInfo> {
  const target = objective.reads[what];
  return target !== undefined && Object.hasOwn(world.state.globals, target)
    ? world.state.globals[target]!
    : nothing;
}

/** Whether an objective is satisfied; undefined: unknown. */
export function satisfactionOf(
  world: World,
  activity: Activity,
  objective: Objective,
  rollup = false,
): boolean | undefined {
  if (!activity.tracked) return undefined;
  const { on, old } = seen(world, activity);
  // A measure that does not count while the activity is active (adlseq:measureSatisfactionIfActive, SN 3.8).
  if (objective.byMeasure) {
    if (on && !activity.measureIfActive) return undefined;
    const measure = measureOf(world, activity, objective, rollup);
    return measure === undefined ? undefined : measure >= objective.minMeasure;
  }
  if (objective.reads.satisfied !== undefined) return globalInfo(world, objective, 'satisfied').s;
  return rollup && old && old & 1 ? undefined : localInfo(world, activity, objective).s;
}

/** Its normalized measure; undefined: unknown. */
export function measureOf(
  world: World,
  activity: Activity,
  objective: Objective,
  rollup = false,
): number | undefined {
  if (!activity.tracked) return undefined;
  if (objective.reads.measure !== undefined) return globalInfo(world, objective, 'measure').m;
  const { old } = seen(world, activity);
  return rollup && old && old & 1 ? undefined : localInfo(world, activity, objective).m;
}

/** The completion status of an objective, that of the activity being its primary one's; undefined: unknown. */
export function completionOf(
  world: World,
  activity: Activity,
  objective: Objective,
  rollup = false,
): boolean | undefined {
  if (!activity.tracked) return undefined;
  if (objective.primary && activity.completedBy !== undefined) {
    const measure = progressOf(world, activity, objective, rollup);
    return measure === undefined ? undefined : measure >= activity.completedBy;
  }
  const shared = globalInfo(world, objective, 'completion').c;
  if (shared !== undefined) return shared === 'completed';
  const { old } = seen(world, activity);
  const own = rollup && old && old & 2 ? undefined : localInfo(world, activity, objective).c;
  return own === undefined ? undefined : own === 'completed';
}

/** The progress measure of an objective; undefined: unknown. */
export function progressOf(
  world: World,
  activity: Activity,
  objective: Objective,
  rollup = false,
): number | undefined {
  if (!activity.tracked) return undefined;
  const shared = globalInfo(world, objective, 'progress').p;
  if (shared !== undefined) return shared;
  const { old } = seen(world, activity);
  return rollup && old && old & 2 ? undefined : localInfo(world, activity, objective).p;
}

const keys = {
  satisfied: 's',
  measure: 'm',
  completion: 'c',
  progress: 'p',
  raw: 'raw',
  min: 'min',
  max: 'max',
} as const;

/**
 * Everything one may know of an objective, read as its maps say: what a course finds in cmi.objectives. A course that is
 * not tracked finds it too.
 */
export function infoOf(world: World, activity: Activity, objective: Objective): ObjectiveInfo {
  const local = localInfo(world, activity, objective);
  const from = (what: Shared) =>
    objective.reads[what] === undefined ? local : globalInfo(world, objective, what);
  const { m } = from('measure');
  return {
    s: !objective.byMeasure ? from('satisfied').s : m === undefined ? undefined : m >= objective.minMeasure,
    m,
    c: globalInfo(world, objective, 'completion').c ?? statusOf(activity, objective, local),
    p: globalInfo(world, objective, 'progress').p ?? local.p,
    raw: from('raw').raw,
    min: from('min').min,
    max: from('max').max,
  };
}

function statusOf(activity: Activity, objective: Objective, { c, p }: ObjectiveInfo): string | undefined {
  if (!objective.primary || activity.completedBy === undefined) return c;
  return p === undefined ? undefined : p >= activity.completedBy ? 'completed' : 'incomplete';
}

/** Sets a value, or makes it unknown again, here and in the global objectives it is written to. */
export function setInfo(
  world: World,
  activity: Activity,
  objective: Objective,
  what: Shared,
  value: boolean | number | string | undefined,
): void {
  const key = keys[what];
  if (value !== undefined || localInfo(world, activity, objective)[key] !== undefined) {
    assign(infoIn((track(world, activity).o ??= {}), objective.key), key, value);
    share(world, objective, what, value);
  }
}

/** Writes a value, or that it is unknown, into the global objectives alone. */
export function share(
  world: World,
  objective: Objective,
  what: Shared,
  value: boolean | number | string | undefined,
): void {
  for (const target of objective.writes[what] ?? [])
    assign(infoIn(world.state.globals, target), keys[what], value);
}

function assign(info: ObjectiveInfo, key: keyof ObjectiveInfo, value: boolean | number | string | undefined) {
  if (value === undefined) delete info[key];
  else (info as Record<string, unknown>)[key] = value;
}

/** Sets a satisfaction. An objective by measure has none of its own. */
export function setSatisfied(
  world: World,
  activity: Activity,
  objective: Objective,
  satisfied: boolean | undefined,
): void {
  if (activity.tracked && !objective.byMeasure) setInfo(world, activity, objective, 'satisfied', satisfied);
}

/** Sets a measure, and with it the satisfaction of an objective by measure. */
export function setMeasure(
  world: World,
  activity: Activity,
  objective: Objective,
  measure: number | undefined,
): void {
  if (!activity.tracked) return;
  const before = localInfo(world, activity, objective).m;
  setInfo(world, activity, objective, 'measure', measure);
  const counts = !objective.primary || activity.measureIfActive || !seen(world, activity).on;
  if (objective.byMeasure && counts && (measure !== undefined || before !== undefined))
    shareSatisfaction(world, objective, measure);
}

function shareSatisfaction(world: World, objective: Objective, measure: number | undefined): void {
  share(world, objective, 'satisfied', measure === undefined ? undefined : measure >= objective.minMeasure);
}

/** The attempt has ended: a satisfaction that waited for that is now written (SN 3.8). */
export function settleMeasure(world: World, activity: Activity): void {
  const primary = activity.objectives[0]!;
  if (!activity.tracked || !primary.byMeasure) return;
  const measure = measureOf(world, activity, primary);
  if (measure !== undefined) {
    setInfo(world, activity, primary, 'measure', measure);
    shareSatisfaction(world, primary, measure);
  } else {
    setInfo(world, activity, primary, 'measure', undefined);
  }
}

/** Sets a completion status. Completion by measure has none of its own. */
export function setCompletion(
  world: World,
  activity: Activity,
  objective: Objective,
  status: string | undefined,
): void {
  if (!activity.tracked || (objective.primary && activity.completedBy !== undefined)) return;
  setInfo(world, activity, objective, 'completion', status);
}

/** Sets a progress measure, and with it the completion of an activity by measure. */
export function setProgress(
  world: World,
  activity: Activity,
  objective: Objective,
  measure: number | undefined,
): void {
  if (!activity.tracked) return;
  setInfo(world, activity, objective, 'progress', measure);
  if (objective.primary && activity.completedBy !== undefined) {
    const status =
      measure === undefined ? undefined : measure >= activity.completedBy ? 'completed' : 'incomplete';
    share(world, objective, 'completion', status);
  }
}
