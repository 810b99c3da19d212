import type { ActivityDefinition, CourseDefinition } from './course.ts';
import type { ActivityState, Carried, EngineState } from './engine.ts';
import {
  newSequencingState,
  type ObjectiveInfo,
  type SequencingState,
  type Track,
} from './sequencing/state.ts';

/** An object without a prototype: a key like `__proto__` is a key like any other. */
export function emptyMap<T = string>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/**
 * The state of an attempt in which nothing has happened yet. `seed` is where random selections begin; `carried` is what
 * the learner brings from other attempts.
 */
export function newState(definition: CourseDefinition, seed = 1, carried?: Carried): EngineState {
  if (definition.standard === 'scorm12') return { v: 1, activities: emptyMap() };
  const state: EngineState = { v: 2, activities: emptyMap() };
  const { objectivesGlobalToSystem = true, sharedDataGlobalToSystem = true } = definition;
  state.seq = newSequencingState(seed, objectivesGlobalToSystem ? carried?.objectives : {});
  if (carried && sharedDataGlobalToSystem) state.shared = Object.assign(emptyMap(), carried.stores);
  return state;
}

/** What an attempt leaves to the learner's next ones, in this course and in others. */
export function carriedFrom(definition: CourseDefinition, state: EngineState): Carried {
  const { objectivesGlobalToSystem = true, sharedDataGlobalToSystem = true } = definition;
  return {
    objectives: objectivesGlobalToSystem ? { ...state.seq?.globals } : {},
    stores: sharedDataGlobalToSystem ? { ...state.shared } : {},
  };
}

/** Is there anything in it that other courses, or other attempts, could tell it? */
export function sharesWithOthers(definition: CourseDefinition): boolean {
  const { standard, root, objectivesGlobalToSystem = true, sharedDataGlobalToSystem = true } = definition;
  const shares = ({ objectives = [], data = [], children }: ActivityDefinition): boolean =>
    (objectivesGlobalToSystem && objectives.some(({ maps = [] }) => maps.length > 0)) ||
    (sharedDataGlobalToSystem && data.length > 0) ||
    children.some(shares);
  return standard === 'scorm2004' && shares(root);
}

/** What is known of an activity that was never opened. */
export function newRecord(): ActivityState {
  return {
    cmi: emptyMap(),
    launches: 0,
    sessions: 0,
    suspended: false,
    seconds: 0,
    totalTime: 0,
    measured: 0,
  };
}

/** A copy that may be changed. */
export function copyState(state: EngineState): EngineState {
  const copy = structuredClone(state);
  copy.activities = Object.assign(emptyMap<ActivityState>(), copy.activities);
  for (const record of Object.values(copy.activities)) record.cmi = Object.assign(emptyMap(), record.cmi);
  if (copy.shared) copy.shared = Object.assign(emptyMap(), copy.shared);
  if (copy.seq) withBareMaps(copy.seq);
  return copy;
}

/** A copy of which only the present part and the sequencing may be changed: for the rest, it is the original. */
export function copyPresent(state: EngineState): EngineState {
  const { current = '', activities } = state;
  const copy = { ...state, activities: Object.assign(emptyMap<ActivityState>(), activities) };
  if (state.shared) copy.shared = Object.assign(emptyMap(), state.shared);
  const present = copy.activities[current];
  if (present) copy.activities[current] = { ...present, cmi: Object.assign(emptyMap(), present.cmi) };
  if (state.seq) copy.seq = withBareMaps(structuredClone(state.seq));
  return copy;
}

function withBareMaps(sequencing: SequencingState): SequencingState {
  sequencing.tracks = Object.assign(emptyMap<Track>(), sequencing.tracks);
  sequencing.globals = Object.assign(emptyMap<ObjectiveInfo>(), sequencing.globals);
  return sequencing;
}

/** Characters of all values an attempt has stored. */
export function sizeOf(state: EngineState): number {
  let size = 0;
  for (const { cmi } of Object.values(state.activities)) {
    for (const name in cmi) if (!name.endsWith('._count')) size += name.length + cmi[name]!.length;
  }
  for (const value of Object.values(state.shared ?? {})) size += value.length;
  return size;
}
