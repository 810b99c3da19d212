import type { Direction } from './flow.ts';
import { holds } from './rules.ts';
import type { Activity } from './tree.ts';
import { commonAncestor, isAvailable, pathUp, seen, siblingOf, type World } from './world.ts';

/** Why something may not be: the exception of the pseudo-code (SN appendix C). */
export type Exception = string;

/** Choice Activity Traversal Subprocess (SB.2.4). */
function choiceActivityTraversal(
  world: World,
  activity: Activity,
  direction: Direction,
): Exception | undefined {
  if (direction === 1) return holds(world, activity, 'stopForwardTraversal') ? 'SB.2.4-1' : undefined;
  if (!activity.parent) return 'SB.2.4-3';
  return activity.parent.forwardOnly ? 'SB.2.4-2' : undefined;
}

/** Choice Flow Subprocess and Choice Flow Tree Traversal Subprocess (SB.2.9.1, SB.2.9.2): the next activity, whatever it is. */
export function choiceFlow(world: World, constrained: Activity, direction: Direction): Activity {
  for (let at: Activity | undefined = constrained; at; at = at.parent) {
    const next = siblingOf(world, at, direction);
    if (next) return next;
  }
  return constrained;
}

/** Is one activity the other, or below it? */
export function isWithin(activity: Activity, ancestor: Activity): boolean {
  return pathUp(activity).includes(ancestor);
}

/** Steps 1 to 11 of the Choice Sequencing Request Process (SB.2.9): may the learner go there from here at all? */
export function obstacleToChoice(world: World, target: Activity): Exception | undefined {
  const { current, tree } = world;
  for (const activity of pathUp(target)) {
    if (!isAvailable(world, activity)) return 'SB.2.9-2';
    if (holds(world, activity, 'hiddenFromChoice')) return 'SB.2.9-3';
  }
  if (target.parent && !target.parent.choice) return 'SB.2.9-4';
  if (current === target) return undefined;
  if (current && current.parent === target.parent) return amongSiblings(world, current, target);
  const common = current ? commonAncestor(current, target) : tree.root;
  if (!current || current === common) return downwards(world, common, target, 1);
  // The activity one is at has been left by then; what is above it is left by the choice.
  const up = current.parent ? pathUp(current.parent, common) : [];
  if (up.some((activity) => !activity.choiceExit)) return 'SB.2.9-7';
  const constrained = up.find((activity) => activity.constrainChoice);
  if (target === common) return constrained && flowsOutOfReach(world, constrained, target);
  const isForward = world.places[topOf(target, common).index]! > world.places[topOf(current, common).index]!;
  if (constrained) {
    const reach = choiceFlow(world, constrained, isForward ? 1 : -1);
    if (!isWithin(target, reach) && target !== constrained) return 'SB.2.9-8';
  }
  return downwards(world, common, target, isForward ? 1 : -1);
}

/**
 * Choosing a chapter around a constrained activity means its first leaf. ADL's sequencer allows it only where that is in reach; the book
 * does not look (SB.2.9 10).
 */
function flowsOutOfReach(world: World, constrained: Activity, target: Activity): Exception | undefined {
  const reach = choiceFlow(world, constrained, -1);
  const isFirst = pathUp(reach, target).every((activity) => world.places[activity.index] === 0);
  return isWithin(reach, target) && !isFirst ? 'SB.2.9-8' : undefined;
}

/** Case siblings (SB.2.9 8): every one on the way must let one pass. */
function amongSiblings(world: World, current: Activity, target: Activity): Exception | undefined {
  const direction = world.places[target.index]! > world.places[current.index]! ? 1 : -1;
  for (let at: Activity | undefined = current; at && at !== target; at = siblingOf(world, at, direction)) {
    const stopped = choiceActivityTraversal(world, at, direction);
    if (stopped) return stopped;
  }
  return undefined;
}

/** The path from the common ancestor to the target, without the target (SB.2.9 9 and 11.6). */
function downwards(
  world: World,
  common: Activity,
  target: Activity,
  direction: Direction,
): Exception | undefined {
  for (const activity of target.parent ? pathUp(target.parent, common.parent) : []) {
    if (direction === 1) {
      const stopped = choiceActivityTraversal(world, activity, 1);
      if (stopped) return stopped;
    }
    if (activity !== common && !seen(world, activity).on && activity.preventActivation) return 'SB.2.9-6';
  }
  return undefined;
}

/** The child of an ancestor on the way to an activity below it. */
function topOf(activity: Activity, ancestor: Activity): Activity {
  let at = activity;
  while (at.parent && at.parent !== ancestor) at = at.parent;
  return at;
}
