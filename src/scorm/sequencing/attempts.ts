import { overallRollup } from './rollup.ts';
import {
  completionOf,
  measureOf,
  progressOf,
  satisfactionOf,
  setCompletion,
  setSatisfied,
  settleMeasure,
} from './objectives.ts';
import { chooseChildren } from './select.ts';
import { isConcluded, withoutConclusions } from './silence.ts';
import type { ObjectiveInfo } from './state.ts';
import type { Activity } from './tree.ts';
import {
  childrenOf,
  commonAncestor,
  isLeaf,
  pathUp,
  seen,
  setActive,
  setSuspended,
  track,
  type World,
} from './world.ts';

/** End Attempt Process (UP.4). */
export function endAttempt(world: World, activity: Activity): void {
  const { susp, said = 0 } = seen(world, activity);
  if (isLeaf(activity)) {
    if (activity.tracked && !susp) conclude(world, activity, said);
  } else {
    const isSuspended = childrenOf(world, activity).some((child) => seen(world, child).susp);
    setSuspended(world, activity, isSuspended);
    if (!isSuspended) chooseChildren(world, activity, 'onEachNewAttempt');
  }
  // A suspended attempt goes on: what was said in it stays said.
  if (said && !susp) delete track(world, activity).said;
  setActive(world, activity, false);
  settleMeasure(world, activity);
  overallRollup(world, activity);
  if (!activity.parent) keepBest(world);
}

/** What a course does not say is concluded, unless it said that it does not know. */
function conclude(world: World, activity: Activity, said: number): void {
  const primary = activity.objectives[0]!;
  const isSaid = (said & 2) !== 0 || completionOf(world, activity, primary) !== undefined;
  const isCompleted = !activity.completionSetByContent && !isSaid;
  if (isCompleted) setCompletion(world, activity, primary, 'completed');
  const isJudged = (said & 1) !== 0 || satisfactionOf(world, activity, primary) !== undefined;
  const isSatisfied = !activity.objectiveSetByContent && !isJudged;
  if (isSatisfied) setSatisfied(world, activity, primary, true);
  const mute = (isSatisfied ? 1 : 0) | (isCompleted ? 2 : 0);
  if (mute) track(world, activity).mute = mute as 1 | 2 | 3;
}

/** What the course has come to, and has ever come to: each thing by itself. */
export function courseInfo(world: World, before = world.state.best): ObjectiveInfo {
  const { root } = world.tree;
  const primary = root.objectives[0]!;
  const best = before ?? {};
  const higher = (a: number | undefined, b: number | undefined) =>
    a === undefined ? b : b === undefined ? a : Math.max(a, b);
  const satisfied = satisfactionOf(world, root, primary);
  const isComplete = best.c === 'completed' || completionOf(world, root, primary) === true;
  return {
    s: best.s === true ? true : (satisfied ?? best.s),
    m: higher(best.m, measureOf(world, root, primary)),
    c: isComplete ? 'completed' : undefined,
    p: higher(best.p, progressOf(world, root, primary)),
  };
}

/** The same by what was said alone: where nothing is concluded from silence. */
export function spokenInfo(world: World): ObjectiveInfo {
  const { best, spoken = best } = world.state;
  return courseInfo(isConcluded(world) ? withoutConclusions(world) : world, spoken);
}

function keepBest(world: World): void {
  const known = JSON.stringify(courseInfo(world));
  const spoken = JSON.stringify(spokenInfo(world));
  if (known !== '{}') world.state.best = JSON.parse(known) as ObjectiveInfo;
  if (spoken !== known) world.state.spoken = JSON.parse(spoken) as ObjectiveInfo;
  else delete world.state.spoken;
}

/** Terminate Descendent Attempts Process (UP.3): ends what lies between the Current Activity and where one is going. */
export function terminateDescendentAttempts(world: World, activity: Activity): void {
  const { current } = world;
  if (!current) return;
  const common = commonAncestor(current, activity);
  for (const one of pathUp(current, common)) if (seen(world, one).on) endAttempt(world, one);
}

/** A new attempt begins: what was known of the last one is gone, and the children's is no longer the parent's (SN 4.2.1.2). */
export function beginAttempt(world: World, activity: Activity): void {
  const mine = track(world, activity);
  mine.n = (mine.n ?? 0) + 1;
  delete mine.o;
  delete mine.old;
  delete mine.said;
  delete mine.mute;
  markOld(world, activity, (activity.useObjectives ? 1 : 0) | (activity.useProgress ? 2 : 0));
}

function markOld(world: World, activity: Activity, bits: number): void {
  if (bits === 0) return;
  for (const child of childrenOf(world, activity)) {
    const known = world.tracks[child.index];
    if (known?.o) known.old = ((known.old ?? 0) | bits) as 1 | 2 | 3;
    markOld(world, child, bits & ((child.useObjectives ? 1 : 0) | (child.useProgress ? 2 : 0)));
  }
}
