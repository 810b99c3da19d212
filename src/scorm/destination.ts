import {
  findActivity,
  isLaunchable,
  leavesOf,
  type ActivityDefinition,
  type CourseDefinition,
} from './course.ts';
import { targetOf } from './rte2004.ts';
import { treeOf } from './sequencing/tree.ts';

/** The leaf before or after an activity, where its cluster lets one flow. */
function flowNeighbour(
  definition: CourseDefinition,
  id: string,
  step: 1 | -1,
): ActivityDefinition | undefined {
  if (!treeOf(definition).byId.get(id)?.parent?.flow) return undefined;
  const leaves = leavesOf(definition.root).filter((leaf) => leaf.kind !== 'cluster');
  return leaves[leaves.findIndex((leaf) => leaf.id === id) + step];
}

/** Where the learner goes when an activity has ended: to another one, or out. */
export type Destination = { open: string } | { exit: true };

/** What a course asks for by adl.nav.request, if the course's structure allows it; undefined: it asks for nothing, or for what it may not have. */
export function destinationOf(
  definition: CourseDefinition,
  current: string,
  request: string,
): Destination | undefined {
  if (['exitAll', 'abandonAll', 'suspendAll'].includes(request)) return { exit: true };
  // Leaving the only activity is leaving the course.
  if (request === 'exit' || request === 'abandon')
    return leavesOf(definition.root).length === 1 ? { exit: true } : undefined;
  const neighbour = request === 'continue' ? 1 : request === 'previous' ? -1 : undefined;
  const target = targetOf(request);
  const next = neighbour
    ? flowNeighbour(definition, current, neighbour)
    : target === undefined
      ? undefined
      : findActivity(definition.root, target);
  return next && isLaunchable(next) ? { open: next.id } : undefined;
}
