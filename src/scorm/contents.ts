import { leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { ActivityOutcome, EngineState, Entry } from './engine.ts';
import { outcomeOf, rollUp } from './outcome.ts';
import { isUnlocked } from './prerequisites.ts';

/** Every item of the table of contents, in document order, with what became of it. Hidden items are left out, not what is below them (CAM 3.4.1.4). */
export function entriesOf(definition: CourseDefinition, state: EngineState): Entry[] {
  const entries: Entry[] = [];
  const visit = (activity: ActivityDefinition, depth: number) => {
    if (activity.visible) entries.push(entryOf(definition, state, activity, depth));
    for (const child of activity.children) visit(child, activity.visible ? depth + 1 : depth);
  };
  // A course whose organization is itself what plays has one entry.
  for (const top of definition.root.children.length === 0 ? [definition.root] : definition.root.children)
    visit(top, 0);
  return entries;
}

function entryOf(
  definition: CourseDefinition,
  state: EngineState,
  activity: ActivityDefinition,
  depth: number,
): Entry {
  const reason =
    activity.kind === 'cluster'
      ? 'cluster'
      : isUnlocked(definition, state, activity)
        ? undefined
        : 'prerequisites';
  return {
    id: activity.id,
    title: activity.title,
    kind: activity.kind,
    depth,
    status: statusOf(rollUp(leavesOf(activity).map((leaf) => outcomeOf(definition, state, leaf)))),
    current: state.current === activity.id,
    open: reason === undefined,
    ...(reason ? { reason } : {}),
  };
}

function statusOf({ completion, success }: ActivityOutcome): Entry['status'] {
  if (success === 'failed') return 'failed';
  return success === 'passed' && completion === 'completed' ? 'passed' : completion;
}
