/** Cuts a list of things that fails down to one that fails as well and from which nothing more can be left out. */
export async function shrink<T>(
  things: readonly T[],
  fails: (some: T[]) => Promise<boolean>,
  patienceMs = 60_000,
): Promise<T[]> {
  let least = [...things];
  const giveUpAt = performance.now() + patienceMs;
  for (let size = Math.ceil(least.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at < least.length && performance.now() < giveUpAt;) {
      const without = [...least.slice(0, at), ...least.slice(at + size)];
      if (await fails(without)) least = without;
      else at += size;
    }
    if (size === 1) break;
  }
  return least;
}
