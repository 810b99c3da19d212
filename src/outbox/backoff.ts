import type { DeliveryRecord } from './delivery.model.ts';

const minute = 60;
const hour = 60 * minute;

/**
 * Seconds to wait after the 1st, 2nd, 3rd … failed try: quick at first, for a blip or an LMS that restarts; three days in
 * all, for a weekend. What waits stands in a lane, of which one is tried: a platform that is down is not flooded.
 */
const waits = [
  5,
  10,
  20,
  40,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  12 * hour,
  12 * hour,
  12 * hour,
  24 * hour,
];

/**
 * How long to wait after `tries` failed tries, in seconds; undefined: it is time to give up.
 * `jitter` (0..1) spreads the wait from 80 to 120 %, so that what failed together does not come back together.
 */
export function nextTry(tries: number, jitter: number): number | undefined {
  const wait = waits[tries - 1];
  return wait === undefined ? undefined : Math.round(wait * (800 + 400 * jitter)) / 1000;
}

/** How long a lane rests after its other end was found down `fails` times in a row, in seconds: at most ten minutes, so that recovery is noticed. */
export function restFor(fails: number, jitter: number): number {
  return Math.min(nextTry(fails, jitter) ?? Infinity, 10 * minute);
}

/** Milliseconds that must pass after a sending of `row` at `now`: more, the more there were within a minute (delivery.model.ts). */
export function spacingAfter(
  { spacing, answers }: Pick<DeliveryRecord, 'spacing' | 'answers'>,
  now: Date,
): number {
  const recent = answers.filter(({ at }) => now.getTime() - at.getTime() < 60_000).length;
  return spacing[Math.min(recent, spacing.length - 1)] ?? 0;
}
