import { leavesOf, type CourseDefinition } from './course.ts';
import type { ActivityState, EngineState } from './engine.ts';
import { overallRollup } from './sequencing/rollup.ts';
import { takeOver } from './sequencing/runtime.ts';
import { newSequencingState, type SequencingState } from './sequencing/state.ts';
import { pathUp, setSuspended, track, worldOf, type World } from './sequencing/world.ts';

/** What was made of a state of version 1, whose owner only reads it. */
const upgraded = new WeakMap<EngineState, SequencingState>();

/** The sequencing of a course's state; undefined for SCORM 1.2, which has none. */
export function sequencingOf(definition: CourseDefinition, state: EngineState): World | undefined {
  if (definition.standard === 'scorm12') return undefined;
  return worldOf(definition, state.seq ?? upgraded.get(state) ?? makeSequencing(definition, state));
}

/** Brings a state of an older version up to this one, in place. */
export function upgrade(definition: CourseDefinition, state: EngineState): EngineState {
  const world = sequencingOf(definition, state);
  if (!world) return state;
  state.seq = world.state;
  state.v = 2;
  return state;
}

/**
 * Version 1 knew no sequencing: what its records say of the activities becomes their tracking, and what was open or
 * suspended last is the Suspended Activity.
 */
function makeSequencing(definition: CourseDefinition, state: EngineState): SequencingState {
  const sequencing = newSequencingState(1);
  upgraded.set(state, sequencing);
  const world = worldOf(definition, sequencing);
  const begun = leavesOf(definition.root).flatMap(({ id }) => {
    const record: ActivityState | undefined = Object.hasOwn(state.activities, id)
      ? state.activities[id]
      : undefined;
    return record && record.launches > 0 ? [{ activity: world.tree.byId.get(id)!, record }] : [];
  });
  for (const { activity, record } of begun) {
    for (const one of pathUp(activity)) track(world, one).n ??= 1;
    takeOver(world, activity, record);
  }
  for (const { activity } of begun) overallRollup(world, activity);
  const last = begun.find(({ activity }) => activity.id === state.current);
  if (last && (last.record.suspended || last.record.running !== undefined)) {
    sequencing.suspended = last.activity.id;
    for (const one of pathUp(last.activity)) setSuspended(world, one, true);
  }
  return sequencing;
}
