import { beginAttempt, terminateDescendentAttempts } from './attempts.ts';
import type { Exception } from './choice.ts';
import { isDisabled } from './rules.ts';
import type { Activity } from './tree.ts';
import {
  childrenOf,
  commonAncestor,
  isLeaf,
  pathDown,
  pathUp,
  seen,
  setActive,
  setCurrent,
  setSuspended,
  type World,
} from './world.ts';

/** Delivery Request Process (DB.1.1): why an activity may not be delivered, if it may not. */
export function obstacleToDelivery(world: World, activity: Activity): Exception | undefined {
  if (!isLeaf(activity)) return 'DB.1.1-1';
  return pathUp(activity).some((one) => isDisabled(world, one)) ? 'DB.1.1-3' : undefined;
}

/** Content Delivery Environment Process (DB.2). Says whether the activity goes on where it was suspended. */
export function contentDelivery(world: World, activity: Activity): { resumes: boolean } {
  const resumes = Boolean(seen(world, activity).susp);
  clearSuspendedActivity(world, activity);
  terminateDescendentAttempts(world, activity);
  for (const one of pathDown(activity)) {
    const { on, susp } = seen(world, one);
    if (on) continue;
    if (one.tracked) {
      if (susp) setSuspended(world, one, false);
      else beginAttempt(world, one);
    }
    setActive(world, one, true);
  }
  setCurrent(world, activity);
  return { resumes };
}

/** Clear Suspended Activity Subprocess (DB.2.1). */
function clearSuspendedActivity(world: World, activity: Activity): void {
  const suspended = world.tree.byId.get(world.state.suspended ?? '');
  delete world.state.suspended;
  if (!suspended || suspended === activity) return;
  for (const one of pathUp(suspended, commonAncestor(activity, suspended))) {
    const holds = childrenOf(world, one).some((child) => seen(world, child).susp);
    setSuspended(world, one, !isLeaf(one) && holds);
  }
}
