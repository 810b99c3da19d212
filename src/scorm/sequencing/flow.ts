import { terminateDescendentAttempts } from './attempts.ts';
import { holds, isDisabled } from './rules.ts';
import type { Activity } from './tree.ts';
import { childrenOf, isLeaf, siblingOf, type World } from './world.ts';

export type Direction = 1 | -1;
/** Where a walk came to. `ends`: it walked off the end of the tree, and the sequencing session with it. */
export type Step = { activity?: Activity; direction: Direction; ends?: boolean };

/** Flow Tree Traversal Subprocess (SB.2.1): one step through the tree. `dry`: only to see where it would lead. */
export function flowTreeTraversal(
  world: World,
  from: Activity,
  direction: Direction,
  enter: boolean,
  before: Direction | undefined,
  dry: boolean,
): Step {
  let [activity, way, reversed] = [from, direction, false];
  const { parent } = from;
  if (before === -1 && parent && siblingOf(world, from, 1) === undefined) {
    [way, reversed] = [-1, true];
    activity = childrenOf(world, parent)[0]!;
  }
  return way === 1 ? forward(world, activity, enter, dry) : backward(world, activity, enter, reversed);
}

function forward(world: World, from: Activity, enter: boolean, dry: boolean): Step {
  const kids = childrenOf(world, from);
  if (enter && !isLeaf(from)) return { activity: kids[0], direction: 1 };
  for (let at: Activity | undefined = from; at; at = at.parent) {
    const next = siblingOf(world, at, 1);
    if (next) return { activity: next, direction: 1 };
  }
  if (!dry) terminateDescendentAttempts(world, world.tree.root);
  return { direction: 1, ends: true };
}

function backward(world: World, from: Activity, enter: boolean, reversed: boolean): Step {
  if (enter && !isLeaf(from)) {
    const kids = childrenOf(world, from);
    return from.forwardOnly ? { activity: kids[0], direction: 1 } : { activity: kids.at(-1), direction: -1 };
  }
  for (let at = from; at.parent; at = at.parent) {
    if (at.parent.forwardOnly && !(reversed && at === from)) break;
    const next = siblingOf(world, at, -1);
    if (next) return { activity: next, direction: -1 };
  }
  return { direction: -1 };
}

/** What flowing came to: an activity to deliver, or where it stopped. */
export type Flow = { deliver?: Activity; ends?: boolean };

/** Flow Activity Traversal Subprocess (SB.2.2): from a candidate to one that can be delivered. */
function flowActivityTraversal(world: World, candidate: Activity, to: Direction, dry: boolean): Flow {
  let [activity, direction, before]: [Activity, Direction, Direction | undefined] = [
    candidate,
    to,
    undefined,
  ];
  for (;;) {
    if (!activity.parent?.flow) return {};
    if (holds(world, activity, 'skip')) {
      const step = flowTreeTraversal(world, activity, direction, false, before, dry);
      if (!step.activity) return { ends: step.ends };
      if (before === -1 && step.direction === -1) [direction, before] = [-1, undefined];
      activity = step.activity;
      continue;
    }
    if (isDisabled(world, activity)) return {};
    if (isLeaf(activity)) return { deliver: activity };
    const step = flowTreeTraversal(world, activity, direction, true, undefined, dry);
    if (!step.activity) return { ends: step.ends };
    [direction, before] = direction === -1 && step.direction === 1 ? [1, -1] : [direction, undefined];
    activity = step.activity;
  }
}

/** Flow Subprocess (SB.2.3). `enter`: into the activity's own children. */
export function flow(world: World, from: Activity, direction: Direction, enter: boolean, dry = false): Flow {
  const step = flowTreeTraversal(world, from, direction, enter, undefined, dry);
  if (!step.activity) return { ends: step.ends };
  return flowActivityTraversal(world, step.activity, direction, dry);
}
