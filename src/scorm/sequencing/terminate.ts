import { endAttempt, terminateDescendentAttempts } from './attempts.ts';
import type { Exception } from './choice.ts';
import type { PostAction } from './definition.ts';
import { setCompletion, setMeasure, setProgress, setSatisfied } from './objectives.ts';
import type { SequencingRequest } from './requests.ts';
import { overallRollup } from './rollup.ts';
import { ruleThatHolds } from './rules.ts';
import {
  isLeaf,
  pathDown,
  pathUp,
  seen,
  setActive,
  setCurrent,
  setSuspended,
  track,
  type World,
} from './world.ts';

export type TerminationRequest = 'exit' | 'exitAll' | 'suspendAll' | 'abandon' | 'abandonAll';

/** What a termination request came to; `request`: what is to follow instead of what was asked for. */
export type Terminated = { exception?: Exception; request?: SequencingRequest };

/** Termination Request Process (TB.2.3). */
export function terminationRequest(world: World, request: TerminationRequest): Terminated {
  const { current } = world;
  if (!current) return { exception: 'TB.2.3-1' };
  const isActive = Boolean(seen(world, current).on);
  if ((request === 'exit' || request === 'abandon') && !isActive) return { exception: 'TB.2.3-2' };
  switch (request) {
    case 'exit':
      return exit(world);
    case 'exitAll':
      exitAll(world);
      return { request: { go: 'exit' } };
    case 'suspendAll':
      return suspendAll(world);
    case 'abandon':
      forget(world);
      setActive(world, current, false);
      return {};
    case 'abandonAll':
      forget(world);
      for (const activity of pathUp(current)) setActive(world, activity, false);
      setCurrent(world, world.tree.root);
      return { request: { go: 'exit' } };
  }
}

function exit(world: World): Terminated {
  endAttempt(world, world.current!);
  sequencingExitActionRules(world);
  for (;;) {
    const action = sequencingPostConditionRules(world);
    const current = world.current!;
    if (action === 'exitParent') {
      if (!current.parent) return { exception: 'TB.2.3-4' };
      setCurrent(world, current.parent);
      endAttempt(world, current.parent);
      continue;
    }
    if (action === 'exitAll' || action === 'retryAll') {
      exitAll(world);
      return { request: { go: action === 'retryAll' ? 'retry' : 'exit' } };
    }
    // The root has ended: unless it is tried again, so has the session.
    if (!current.parent && action !== 'retry') return { request: { go: 'exit' } };
    return action ? { request: { go: action } } : {};
  }
}

/** Sequencing Exit Action Rules Subprocess (TB.2.1): the first ancestor, from the root, whose exit rule holds ends. */
function sequencingExitActionRules(world: World): void {
  const ancestors = pathDown(world.current!).slice(0, -1);
  const ended = ancestors.find((activity) => ruleThatHolds(world, activity, activity.exit));
  if (!ended) return;
  terminateDescendentAttempts(world, ended);
  endAttempt(world, ended);
  setCurrent(world, ended);
}

/** Sequencing Post Condition Rules Subprocess (TB.2.2). */
function sequencingPostConditionRules(world: World): PostAction | undefined {
  const current = world.current!;
  return seen(world, current).susp ? undefined : ruleThatHolds(world, current, current.post);
}

function exitAll(world: World): void {
  const { root } = world.tree;
  if (seen(world, world.current!).on) endAttempt(world, world.current!);
  terminateDescendentAttempts(world, root);
  endAttempt(world, root);
  setCurrent(world, root);
}

function suspendAll(world: World): Terminated {
  const current = world.current!;
  const { on, susp } = seen(world, current);
  if (!on && !susp && !current.parent) return { exception: 'TB.2.3-3' };
  const suspended = on || susp ? current : current.parent!;
  if (on || susp) {
    // Suspended before it rolls up: what is required ifNotSuspended counts it no more.
    setSuspended(world, current, true);
    overallRollup(world, current);
  }
  world.state.suspended = suspended.id;
  for (const activity of pathUp(suspended)) {
    setActive(world, activity, false);
    setSuspended(world, activity, true);
  }
  setCurrent(world, world.tree.root);
  return { request: { go: 'exit' } };
}

/** An abandoned attempt leaves nothing behind (RTE 4.2.8; SN 4.3: its data is not kept). */
function forget(world: World): void {
  const current = world.current!;
  if (!isLeaf(current)) return;
  const primary = current.objectives[0]!;
  setCompletion(world, current, primary, undefined);
  setProgress(world, current, primary, undefined);
  setSatisfied(world, current, primary, undefined);
  setMeasure(world, current, primary, undefined);
  delete track(world, current).said;
}
