import { findActivity, isLaunchable, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { ActivityOutcome, ControlsShown, EngineState, Entry } from './engine.ts';
import { outcomeOf, rollUp } from './outcome.ts';
import { isUnlocked } from './prerequisites.ts';
import type { Exception } from './sequencing/choice.ts';
import type { HiddenControl } from './sequencing/definition.ts';
import { mayContinue, mayGoBack, obstacleToChoose } from './sequencing/possible.ts';
import { holds } from './sequencing/rules.ts';
import type { Activity } from './sequencing/tree.ts';
import { childrenOf, seen, type World } from './sequencing/world.ts';
import { sequencingOf } from './upgrade.ts';

/** Why an activity may not be chosen, if it may not. */
export type ObstacleTo = (world: World, target: Activity) => Exception | undefined;

/**
 * Every item of the table of contents, in the order it has for this learner, with what became of it. Hidden items are left out, not
 * what is below them (CAM 3.4.1.4); hidden from choice or not among the selected children, what is below them too (SN 3.4.3, 3.11).
 */
export function entriesOf(
  definition: CourseDefinition,
  state: EngineState,
  obstacleTo: ObstacleTo = obstacleToChoose,
): Entry[] {
  const entries: Entry[] = [];
  const world = sequencingOf(definition, state);
  const outcomes = outcomesOf(definition, state);
  const visit = (activity: ActivityDefinition, depth: number) => {
    const node = world?.tree.byId.get(activity.id);
    if (world && node && holds(world, node, 'hiddenFromChoice')) return;
    if (activity.visible) {
      const status = statusOf(rollUp(outcomes(activity)));
      const reason =
        world && node ? sequenced(activity, obstacleTo(world, node)) : ruled(definition, state, activity);
      entries.push(entryOf(state, activity, depth, status, reason));
    }
    const children =
      world && node ? childrenOf(world, node).map((child) => child.definition) : activity.children;
    for (const child of children) visit(child, activity.visible ? depth + 1 : depth);
  };
  // A course whose organization is itself what plays has one entry.
  for (const top of definition.root.children.length === 0 ? [definition.root] : definition.root.children)
    visit(top, 0);
  return entries;
}

/** The outcomes of the leaves at or below an activity: of each leaf once, however often it is asked for. */
function outcomesOf(definition: CourseDefinition, state: EngineState) {
  const known = new Map<ActivityDefinition, ActivityOutcome[]>();
  const outcomes = (activity: ActivityDefinition): ActivityOutcome[] => {
    const before = known.get(activity);
    if (before) return before;
    const found =
      activity.children.length === 0
        ? [outcomeOf(definition, state, activity)]
        : activity.children.flatMap(outcomes);
    known.set(activity, found);
    return found;
  };
  return outcomes;
}

function sequenced(activity: ActivityDefinition, obstacle: Exception | undefined): Entry['reason'] {
  if (obstacle === undefined) return undefined;
  return activity.kind === 'cluster' ? 'cluster' : 'sequencing';
}

function ruled(
  definition: CourseDefinition,
  state: EngineState,
  activity: ActivityDefinition,
): Entry['reason'] {
  if (activity.kind === 'cluster') return 'cluster';
  return isUnlocked(definition, state, activity) ? undefined : 'prerequisites';
}

function entryOf(
  state: EngineState,
  activity: ActivityDefinition,
  depth: number,
  status: Entry['status'],
  reason: Entry['reason'],
): Entry {
  return {
    id: activity.id,
    title: activity.title,
    kind: activity.kind,
    depth,
    status,
    current: state.current === activity.id,
    open: reason === undefined,
    ...(reason ? { reason } : {}),
  };
}

/** May the learner go to an activity, a cluster too, from where the learner is? (SCORM 1.2: to any that is not locked.) */
export function mayChoose(definition: CourseDefinition, state: EngineState, id: string): boolean {
  const world = sequencingOf(definition, state);
  const target = world?.tree.byId.get(id);
  if (world) return target !== undefined && obstacleToChoose(world, target) === undefined;
  const activity = findActivity(definition.root, id);
  return activity !== undefined && isLaunchable(activity) && isUnlocked(definition, state, activity);
}

/** Which controls a player shows now; those the activity hides are not (adlnav:hideLMSUI, SN 5.2). SCORM 1.2: only the contents. */
export function controlsOf(definition: CourseDefinition, state: EngineState): ControlsShown {
  const world = sequencingOf(definition, state);
  const none = { continue: false, previous: false, exit: false, exitAll: false };
  if (!world) return { ...none, abandon: false, abandonAll: false, suspendAll: false, contents: true };
  const { current } = world;
  const isActive = current !== undefined && seen(world, current).on === 1;
  const shown = (control: HiddenControl, possible: boolean) =>
    possible && !(isActive && current.definition.hides?.includes(control));
  return {
    continue: shown('continue', mayContinue(world)),
    previous: shown('previous', mayGoBack(world)),
    exit: shown('exit', isActive),
    exitAll: shown('exitAll', current !== undefined),
    abandon: shown('abandon', isActive),
    abandonAll: shown('abandonAll', current !== undefined),
    suspendAll: shown('suspendAll', current !== undefined),
    contents: world.tree.list.length > 2 && world.tree.list.some((node) => isOpen(world, node)),
  };
}

/** Is it an entry that may be chosen? (What is hidden, or not available, or below such, cannot be.) */
function isOpen(world: World, node: Activity): boolean {
  return node.definition.visible && node.parent !== undefined && !obstacleToChoose(world, node);
}

function statusOf({ completion, success }: ActivityOutcome): Entry['status'] {
  if (success === 'failed') return 'failed';
  return success === 'passed' && completion === 'completed' ? 'passed' : completion;
}
