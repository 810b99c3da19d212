import { openWorld as open } from '../support/world.ts';
import { makeClock } from '../support/clock.ts';

/** The store and a clock: what the rules of access are tested on. */
export async function openWorld() {
  const clock = makeClock();
  return { ...(await open({ now: clock.now })), clock };
}

export const minute = 60_000;
export const day = 24 * 60 * minute;
