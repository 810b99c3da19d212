/** Numbers that look random and are the same in every run (mulberry32). */
export type Random = {
  /** A whole number from 0 up to, without, `limit`. */
  below: (limit: number) => number;
  pick: <T>(from: readonly T[]) => T;
  /** True once in so many times. */
  chance: (once: number) => boolean;
  /** A signed 64-bit number, often a large one. */
  long: () => bigint;
};

export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const long = () =>
    BigInt.asIntN(64, (BigInt(below(2 ** 32)) << 32n) | BigInt(below(2 ** 32))) >> BigInt(below(64));
  return { below, pick: (from) => from[below(from.length)]!, chance: (once) => below(once) === 0, long };
}
