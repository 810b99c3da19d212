/** A clock that stands still until told: `clock.now` is the context's `now`. */
export type Clock = { now: () => Date; advance: (ms: number) => void; set: (to: Date) => void };

/** Starts at the real time, so that tokens other libraries check against their own clock are valid. */
export function makeClock(start = new Date()): Clock {
  let at = start.getTime();
  return {
    now: () => new Date(at),
    advance: (ms) => void (at += ms),
    set: (to) => void (at = to.getTime()),
  };
}
