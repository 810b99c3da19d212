/** Views, which have their documents from a pipeline on another collection. */
import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { StoreError } from '../faults/errors.ts';
import type { Store } from '../data/store.ts';

const maxDepth = 20;

/** The collection under a view and the whole way from it to the view; a collection is its own. @throws 165 */
export function resolve(
  store: Store,
  db: string,
  name: string,
): { collection: Collection | undefined; pipeline: Document[] } {
  let collection = store.catalog.find(db, name);
  let pipeline: Document[] = [];
  for (let depth = 0; collection?.view; depth++) {
    if (depth === maxDepth) throw new StoreError(165, `View depth too deep: ${db}.${name}`);
    pipeline = [...collection.view.pipeline, ...pipeline];
    collection = store.catalog.find(db, collection.view.on);
  }
  return { collection, pipeline };
}
