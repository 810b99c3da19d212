import { endAttempt, terminateDescendentAttempts } from './attempts.ts';
import { obstacleToChoice, type Exception } from './choice.ts';
import { contentDelivery, obstacleToDelivery } from './deliver.ts';
import { flow } from './flow.ts';
import { sequencingRequest, type SequencingRequest } from './requests.ts';
import { prepareClusters } from './select.ts';
import { terminationRequest, type TerminationRequest } from './terminate.ts';
import type { Activity } from './tree.ts';
import { commonAncestor, isAvailable, isLeaf, pathUp, seen, setCurrent, type World } from './world.ts';

/** A navigation request (SN 5.4): what the learner or the course asks for. */
export type NavigationRequest =
  | {
      go:
        | 'start'
        | 'resumeAll'
        | 'continue'
        | 'previous'
        | 'exit'
        | 'exitAll'
        | 'abandon'
        | 'abandonAll'
        | 'suspendAll';
    }
  | { go: 'choice' | 'jump'; target: string };

/**
 * What a navigation request came to: an activity to show (`resumes`: where it was left), the end of the session, or neither, for
 * a reason (`exception`, as the pseudo-code numbers them) or because it only left an activity.
 */
export type Navigated = { deliver?: string; resumes?: boolean; ended?: boolean; exception?: Exception };

type Plan = { terminate?: TerminationRequest; request: SequencingRequest };

/** Overall Sequencing Process (OP.1), once round. */
export function navigate(world: World, asked: NavigationRequest): Navigated {
  if (!world.current) prepareClusters(world);
  const plan = navigationRequest(world, asked);
  if ('exception' in plan) return plan;
  let { request } = plan;
  if (plan.terminate) {
    const terminated = terminationRequest(world, plan.terminate);
    if (terminated.exception) return { exception: terminated.exception };
    request = terminated.request ?? request;
  }
  if (request.go === 'retry' && !world.current?.parent) forgetOwnGlobals(world);
  const { deliver, ends, exception } = sequencingRequest(world, request);
  if (ends) return endSession(world);
  if (!deliver) return exception ? { exception } : {};
  const obstacle = obstacleToDelivery(world, deliver);
  if (obstacle) return { exception: obstacle };
  return { deliver: deliver.id, ...(contentDelivery(world, deliver).resumes ? { resumes: true } : {}) };
}

/** Navigation Request Process (NB.2.1): is it possible, and what does it mean? */
export function navigationRequest(world: World, asked: NavigationRequest): Plan | { exception: Exception } {
  const { current } = world;
  const isActive = current !== undefined && Boolean(seen(world, current).on);
  const leave: Pick<Plan, 'terminate'> = isActive ? { terminate: 'exit' } : {};
  switch (asked.go) {
    case 'start':
      return current ? { exception: 'NB.2.1-1' } : { request: { go: 'start' } };
    case 'resumeAll':
      if (current) return { exception: 'NB.2.1-1' };
      return world.state.suspended === undefined
        ? { exception: 'NB.2.1-3' }
        : { request: { go: 'resumeAll' } };
    case 'continue':
      if (!current) return { exception: 'NB.2.1-2' };
      return current.parent?.flow ? { ...leave, request: { go: 'continue' } } : { exception: 'NB.2.1-4' };
    case 'previous':
      if (!current) return { exception: 'NB.2.1-2' };
      if (!current.parent) return { exception: 'NB.2.1-6' };
      if (!current.parent.flow || current.parent.forwardOnly) return { exception: 'NB.2.1-5' };
      return leadsBack(world, current)
        ? { ...leave, request: { go: 'previous' } }
        : { exception: 'SB.2.8-3' };
    case 'choice':
    case 'jump': {
      const target = world.tree.byId.get(asked.target);
      if (!target) return { exception: 'NB.2.1-11' };
      const exception =
        asked.go === 'choice' ? obstacleToChoosing(world, target) : obstacleToJump(world, target);
      return exception ? { exception } : { ...leave, request: { go: asked.go, target } };
    }
    case 'exit':
      if (!current) return { exception: 'NB.2.1-2' };
      return isActive ? { terminate: 'exit', request: { go: 'exit' } } : { exception: 'NB.2.1-12' };
    case 'abandon':
      if (!current) return { exception: 'NB.2.1-2' };
      return isActive ? { terminate: 'abandon', request: { go: 'exit' } } : { exception: 'NB.2.1-12' };
    default:
      return current ? { terminate: asked.go, request: { go: 'exit' } } : { exception: 'NB.2.1-2' };
  }
}

/** Would Previous lead anywhere? Where not, nothing is ended for it: as in ADL's sequencer, the learner stays where they are. */
function leadsBack(world: World, current: Activity): boolean {
  const { deliver } = flow(world, current, -1, false, true);
  return deliver !== undefined && obstacleToDelivery(world, deliver) === undefined;
}

/** NB.2.1 6: what a choice must satisfy before anything is ended for it; and what it must satisfy then (SB.2.9), for the same reason. */
export function obstacleToChoosing(world: World, target: Activity): Exception | undefined {
  if (target.parent && !target.parent.choice) return 'NB.2.1-10';
  const { current } = world;
  if (!current) return undefined;
  const forbidden = obstacleToLeaving(world, current, target) ?? obstacleToChoice(world, target);
  if (forbidden || isLeaf(target)) return forbidden;
  return flow(world, target, 1, true, true).deliver ? undefined : 'SB.2.9-9';
}

function obstacleToLeaving(world: World, current: Activity, target: Activity): Exception | undefined {
  if (seen(world, current).on && !current.choiceExit) return 'NB.2.1-8';
  const common = commonAncestor(current, target);
  // Choosing a cluster one is in means leaving it.
  const left = pathUp(current, common === target ? common.parent : common);
  return left.some((activity) => seen(world, activity).on && !activity.choiceExit) ? 'NB.2.1-8' : undefined;
}

/** NB.2.1 13, and what would stop a jump later: as with a choice, nothing is ended for what leads nowhere. */
export function obstacleToJump(world: World, target: Activity): Exception | undefined {
  if (!world.current) return 'SB.2.13-1';
  const isThere = pathUp(target).every((activity) => isAvailable(world, activity));
  return isThere ? obstacleToDelivery(world, target) : 'NB.2.1-11';
}

function endSession(world: World): Navigated {
  const { root } = world.tree;
  if (seen(world, root).on) {
    terminateDescendentAttempts(world, root);
    endAttempt(world, root);
  }
  setCurrent(world, undefined);
  // Global objectives of the course's own live as long as the attempt on its root (SN 3.10.1).
  if (!seen(world, root).susp) forgetOwnGlobals(world);
  return { ended: true };
}

/** With adlseq:objectivesGlobalToSystem="false" an attempt on the course begins without global objectives. */
function forgetOwnGlobals(world: World): void {
  if (world.tree.ownGlobals)
    for (const id of Object.keys(world.state.globals)) delete world.state.globals[id];
}
