import type { Result } from '../lti/results.ts';

/** Whose grade stands in a cell of the gradebook. */
export type Whose = 'nobody' | 'ours' | 'teacher';

type Known = {
  /** Every share (from 0 to 1) that we sent, or meant to send: what became of a try is not always known. */
  ours: number[];
  /** Has a grade of ours arrived there before? */
  arrived: boolean;
  /** Of the column, should the result not say. */
  points: number;
  /** By how many points the platform may round what it is sent. */
  grain: number;
};

/**
 * Whose the grade is that a platform shows us: one that is none of ours is a teacher's. A zero where none of ours has
 * arrived is nobody's: platforms give it by themselves where nothing was handed in.
 */
export function whoseIs(result: Result | undefined, known: Known): Whose {
  const maximum = result?.maximum || known.points;
  if (result?.points === undefined || !(maximum > 0)) return 'nobody';
  const share = result.points / maximum;
  const near = Math.max(Math.min(known.grain / maximum, 1 / 20), 1e-4) + 1e-9;
  if (known.ours.some((one) => Math.abs(one - share) <= near)) return 'ours';
  return result.points === 0 && !known.arrived ? 'nobody' : 'teacher';
}

/** More are never asked for, even where a learner goes up and down (the rule `last`). */
const mostRemembered = 50;

/** `ours` with one more, the newest last. */
export function withOurs(ours: number[], next: number): number[] {
  return [...ours.filter((one) => one !== next), next].slice(-mostRemembered);
}
