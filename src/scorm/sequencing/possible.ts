import { obstacleToChoice, type Exception } from './choice.ts';
import { obstacleToDelivery } from './deliver.ts';
import { flow } from './flow.ts';
import { navigationRequest, obstacleToChoosing, obstacleToJump } from './navigate.ts';
import { isDisabled } from './rules.ts';
import type { Activity } from './tree.ts';
import { isLeaf, pathUp, type World } from './world.ts';

// What could be asked for now. Nothing is changed: what would end is taken for ended, and rules that only then would hold
// (exit and post condition rules) are not foreseen.

/** Would Continue be a valid request? Whether anything follows shows when it is made: after the last activity it ends the course. */
export function mayContinue(world: World): boolean {
  return !('exception' in navigationRequest(world, { go: 'continue' }));
}

/** Would Previous lead somewhere? */
export function mayGoBack(world: World): boolean {
  return !('exception' in navigationRequest(world, { go: 'previous' }));
}

/** Why an activity may not be chosen, if it may not. */
export function obstacleToChoose(world: World, target: Activity): Exception | undefined {
  // From where the learner is, the first looks at what the second does.
  const obstacle =
    obstacleToChoosing(world, target) ?? (world.current ? undefined : obstacleToChoice(world, target));
  if (obstacle) return obstacle;
  if (isLeaf(target)) return obstacleToDelivery(world, target);
  if (pathUp(target).some((activity) => isDisabled(world, activity))) return 'DB.1.1-3';
  const { deliver } = flow(world, target, 1, true, true);
  return deliver ? obstacleToDelivery(world, deliver) : 'SB.2.9-9';
}

/** May the course jump to an activity? */
export function mayJump(world: World, target: Activity): boolean {
  return obstacleToJump(world, target) === undefined;
}
