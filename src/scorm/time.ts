import type { ActivityState, EngineState } from './engine.ts';

// How long a learner was at something, by our clock: for courses that never say, and for rules that ask.

/** Seconds spent in all of it, the present visit included. */
export function spentIn(state: EngineState): number {
  const visits = Object.values(state.activities);
  return hundredths(visits.reduce((sum, { measured, elapsed = 0 }) => sum + measured + elapsed, 0));
}

/** A visit to an activity's page begins. What a visit before it left open is settled. */
export function beginVisit(record: ActivityState): void {
  endVisit(record);
  record.elapsed = 0;
}

/**
 * Notes how long the visit has lasted by the browser's clock: never backwards, never more than a day, and no more than
 * `room` seconds longer than we knew.
 */
export function noteElapsed(record: ActivityState, ms: number | undefined, room = Infinity): void {
  if (record.elapsed === undefined || ms === undefined || !Number.isFinite(ms)) return;
  const most = Math.min(hundredths(ms / 1000), 86_400, record.elapsed + Math.max(0, room));
  record.elapsed = Math.max(record.elapsed, most);
}

export function endVisit(record: ActivityState): void {
  record.measured = hundredths(record.measured + (record.elapsed ?? 0));
  delete record.elapsed;
}

export const hundredths = (seconds: number): number => Math.round(seconds * 100) / 100;
