import { leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { EngineState } from './engine.ts';
import type { Progress } from './progress.ts';
import { isNeverDelivered } from './sequencing/rules.ts';
import { childrenOf } from './sequencing/world.ts';
import { spentIn } from './time.ts';
import { sequencingOf } from './upgrade.ts';

/**
 * What makes a course complete where it does not say so itself (scorm.md's "completion that never comes"): a rule never takes
 * back what the course reports, it adds to it. It stands in the place of what we would conclude from silence: that an
 * asset is done when it was opened, and a SCO when it ended without a status.
 */
export type CompletionRule =
  /** As the course reports. What cannot report (assets) is complete once every part has been opened. */
  | { by: 'course' }
  /** Opened once, any part of it. */
  | { by: 'opened' }
  /** Every part of it opened. */
  | { by: 'visited' }
  /** So many seconds spent in it, by our clock. */
  | { by: 'time'; seconds: number }
  /** A score of at least this, 0 to 1. */
  | { by: 'score'; atLeast: number }
  /** The learner left it by its own or our exit. */
  | { by: 'exit' };

export const asReported: CompletionRule = { by: 'course' };

/** Has the course a part that can say how it went? Assets never call. */
export function canReport(definition: CourseDefinition): boolean {
  return leavesOf(definition.root).some(({ kind }) => kind === 'sco');
}

/** Is the attempt complete by the rule? `score`: what it has come to, by itself. What was met once stays met. */
export function isMet(
  rule: CompletionRule,
  definition: CourseDefinition,
  state: EngineState,
  score: () => Progress['score'],
): boolean {
  if (state.met) return true;
  switch (rule.by) {
    case 'course':
      return false;
    case 'opened':
      return Object.values(state.activities).some(({ launches }) => launches > 0);
    case 'visited':
      return partsOf(definition, state).every(({ id }) => wasOpened(state, id));
    case 'time':
      return spentIn(state) >= rule.seconds;
    case 'score':
      return (score() ?? -1) >= rule.atLeast - 1e-7;
    case 'exit':
      return state.left === true;
  }
}

/** How far towards it, from 0 to 1, where a rule can be met by degrees. */
export function shareOf(rule: CompletionRule, state: EngineState): number | undefined {
  return rule.by === 'time'
    ? Math.min(1, Math.round((spentIn(state) / rule.seconds) * 100) / 100)
    : undefined;
}

/**
 * The parts this learner may come to see: those the sequencer has chosen, without the hidden ones, and without those that nobody ever
 * gets to. Whether a part that is closed now opens again nobody can say: it counts.
 */
function partsOf(definition: CourseDefinition, state: EngineState): ActivityDefinition[] {
  const world = sequencingOf(definition, state);
  const available = (activity: ActivityDefinition): ActivityDefinition[] => {
    const node = world?.tree.byId.get(activity.id);
    if (node && isNeverDelivered(node)) return [];
    const children =
      world && node ? childrenOf(world, node).map((child) => child.definition) : activity.children;
    return activity.children.length === 0 ? [activity] : children.flatMap(available);
  };
  const leaves = available(definition.root).filter(({ kind }) => kind !== 'cluster');
  const visible = leaves.filter((leaf) => leaf.visible);
  return visible.length > 0 ? visible : leaves;
}

function wasOpened({ activities }: EngineState, id: string): boolean {
  return Object.hasOwn(activities, id) && activities[id]!.launches > 0;
}
