import { matching } from '../reading/read.ts';
import type { Store } from '../data/store.ts';

/** Removes the documents whose time is over, by the TTL indexes. Gives how many. */
export function removeExpired(store: Store, limit = 1000): number {
  let removed = 0;
  for (const collection of store.catalog.all()) {
    for (const index of collection.indexes) {
      if (index.expireAfter === undefined) continue;
      const before = new Date(store.now().getTime() - index.expireAfter * 1000);
      const over = { [index.fields[0]!.path]: { $lt: before } };
      const query = {
        // What a partial index leaves out does not expire.
        filter: index.partial ? { ...index.partial.filter, $and: [over] } : over,
        hint: index.name,
        limit: limit - removed,
      };
      for (const row of Array.from(matching(store.documents, collection, query))) {
        store.documents.remove(collection, row);
        removed++;
      }
      if (removed >= limit) return removed;
    }
  }
  return removed;
}
