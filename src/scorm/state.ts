import type { CourseDefinition } from './course.ts';
import type { ActivityState, EngineState } from './engine.ts';

/** An object without a prototype: a key like `__proto__` is a key like any other. */
export function emptyMap<T = string>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** The state of an attempt in which nothing has happened yet. */
export function newState(_definition: CourseDefinition): EngineState {
  return { v: 1, activities: emptyMap() };
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
  return copy;
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
