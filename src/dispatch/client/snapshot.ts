/**
 * All that a course has come to, absolute: hearing it twice, or only the last of many, makes no difference.
 * Version 1 of what the launcher sends through its port (player/client/relay.ts has the other end).
 */
export type Snapshot = {
  revision: number;
  completion: 'not attempted' | 'incomplete' | 'completed';
  success: 'unknown' | 'passed' | 'failed';
  /** From 0 to 1. */
  score?: number;
  measure?: number;
  /** Of the whole attempt, all sessions. */
  seconds: number;
  location?: string;
};

/** Reads what came from another window, or undefined if it is none. */
export function readSnapshot(value: unknown): Snapshot | undefined {
  const given = (typeof value === 'object' && value) || {};
  const { revision, completion, success, score, measure, seconds, location } = given as {
    [name: string]: unknown;
  };
  if (!isCount(revision) || !isCount(seconds)) return undefined;
  if (completion !== 'not attempted' && completion !== 'incomplete' && completion !== 'completed')
    return undefined;
  if (success !== 'unknown' && success !== 'passed' && success !== 'failed') return undefined;
  return {
    revision,
    completion,
    success,
    score: share(score),
    measure: share(measure),
    seconds,
    location: typeof location === 'string' ? location : undefined,
  };
}

export function isFinished({ completion, success }: Snapshot): boolean {
  return completion === 'completed' || success !== 'unknown';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && isFinite(value) && value >= 0;
}

function share(value: unknown): number | undefined {
  return typeof value === 'number' && isFinite(value) ? Math.min(Math.max(value, 0), 1) : undefined;
}
