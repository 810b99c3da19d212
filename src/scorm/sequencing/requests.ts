import { endAttempt, terminateDescendentAttempts } from './attempts.ts';
import { obstacleToChoice, type Exception } from './choice.ts';
import { flow } from './flow.ts';
import type { Activity } from './tree.ts';
import { commonAncestor, isAvailable, isLeaf, seen, setCurrent, type World } from './world.ts';

/** A sequencing request (SN 4.5): what is to be delivered next is found by one of these. */
export type SequencingRequest =
  | { go: 'start' | 'resumeAll' | 'continue' | 'previous' | 'retry' | 'exit' }
  | { go: 'choice' | 'jump'; target: Activity };

/** What a sequencing request came to. */
export type Found = { deliver?: Activity; ends?: boolean; exception?: Exception };

/** Sequencing Request Process (SB.2.12). */
export function sequencingRequest(world: World, request: SequencingRequest): Found {
  const { current, tree } = world;
  switch (request.go) {
    case 'start': // SB.2.5
      if (current) return { exception: 'SB.2.5-1' };
      if (isLeaf(tree.root)) return { deliver: tree.root };
      return orException(flow(world, tree.root, 1, true), 'SB.2.5-2');
    case 'resumeAll': {
      // SB.2.6
      if (current) return { exception: 'SB.2.6-1' };
      const suspended = tree.byId.get(world.state.suspended ?? '');
      return suspended ? { deliver: suspended } : { exception: 'SB.2.6-2' };
    }
    case 'continue': // SB.2.7
      if (!current) return { exception: 'SB.2.7-1' };
      if (current.parent && !current.parent.flow) return { exception: 'SB.2.7-2' };
      return orException(flow(world, current, 1, false), 'SB.2.7-3');
    case 'previous': // SB.2.8
      if (!current) return { exception: 'SB.2.8-1' };
      if (current.parent && !current.parent.flow) return { exception: 'SB.2.8-2' };
      return orException(flow(world, current, -1, false), 'SB.2.8-3');
    case 'choice':
      return choiceRequest(world, request.target);
    case 'retry': {
      // SB.2.10
      if (!current) return { exception: 'SB.2.10-1' };
      const { on, susp } = seen(world, current);
      if (on || susp) return { exception: 'SB.2.10-2' };
      if (isLeaf(current)) return { deliver: current };
      return orException(flow(world, current, 1, true), 'SB.2.10-3');
    }
    case 'jump': // SB.2.13
      if (!current) return { exception: 'SB.2.13-1' };
      return isAvailable(world, request.target) ? { deliver: request.target } : { exception: 'SB.2.13-2' };
    case 'exit': // SB.2.11
      if (!current) return { exception: 'SB.2.11-1' };
      if (seen(world, current).on) return { exception: 'SB.2.11-2' };
      return current.parent ? {} : { ends: true };
  }
}

function orException(found: Found, exception: Exception): Found {
  return found.deliver || found.ends ? found : { exception };
}

/** Choice Sequencing Request Process (SB.2.9). */
function choiceRequest(world: World, target: Activity): Found {
  const exception = obstacleToChoice(world, target);
  if (exception) return { exception };
  if (isLeaf(target)) return { deliver: target };
  const found = flow(world, target, 1, true, true);
  if (found.deliver) return found;
  const { current, tree } = world;
  if (current) {
    const common = commonAncestor(current, target);
    terminateDescendentAttempts(world, common);
    endAttempt(world, common);
    setCurrent(world, target);
  } else {
    setCurrent(world, tree.root === target ? undefined : target);
  }
  return { exception: 'SB.2.9-9' };
}
