import type { Ask } from './door.ts';

/**
 * Says now and then that somebody is there, as long as the page is seen: who reads for two hours without a click has not
 * left. `every` is in seconds. Nobody need answer.
 */
export function keepBeating(ask: Ask, every: number, isPlaying: () => boolean): void {
  const beat = makeBeat({
    every: every * 1_000,
    now: () => performance.now(),
    isThere: () => document.visibilityState === 'visible' && isPlaying(),
    say: () => void ask('alive').catch(() => {}),
  });
  setInterval(beat, every * 1_000);
  document.addEventListener('visibilitychange', beat);
}

type Beat = { every: number; now: () => number; isThere: () => boolean; say: () => void };

/** To be called at any time; says it where that has not been said for nearly as long as it may be. */
export function makeBeat({ every, now, isThere, say }: Beat): () => void {
  let last = now();
  return () => {
    if (!isThere() || now() - last < every * 0.9) return;
    last = now();
    say();
  };
}
