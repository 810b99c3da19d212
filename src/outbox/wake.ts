import type { Db } from '../store/mongo.ts';

const sleepers = new WeakMap<Db, Set<() => void>>();

/** Has `wake` called whenever something is enqueued through `db` in this process; returns the way out. */
export function onEnqueued(db: Db, wake: () => void): () => void {
  const set = sleepers.get(db) ?? new Set();
  sleepers.set(db, set.add(wake));
  return () => void set.delete(wake);
}

/** Wakes this process's workers; those of other processes look for themselves every second. */
export function wakeWorkers(db: Db): void {
  for (const wake of sleepers.get(db) ?? []) wake();
}
