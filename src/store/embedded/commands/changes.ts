/** What the write commands have in common: changing and removing what matches in a collection. */
import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import type { Collation } from '../values/collation.ts';
import type { Row } from '../data/documents.ts';
import { StoreError } from '../faults/errors.ts';
import type { KeyField } from '../values/index-keys.ts';
import { compileUpdate, isModification, type Update } from '../update/modify.ts';
import { documentOf } from '../update/storable.ts';
import { bsonType, type RawValue } from '../values/raw.ts';
import { matching } from '../reading/read.ts';
import type { Store } from '../data/store.ts';
import { writeTree } from '../values/tree.ts';
import { collationOf } from './command.ts';
import { insertOne, removeOne, replaceOne, writable } from './one-document.ts';

export type Change = {
  filter: Document;
  /** The modifiers, the whole new document, or the pipeline, as it was sent. */
  u: RawValue;
  update: Update;
  multi: boolean;
  upsert: boolean;
  sort: KeyField[];
  hint?: unknown;
  variables?: Document;
  /** As it was sent: the collection's own where it is missing. */
  collation?: unknown;
  /** Do not ask the collection's validator. */
  bypass: boolean;
};

export type Changed = { matched: number; modified: number; upserted?: Buffer };

/** @throws 9 for a change that makes no sense, and what {@link compileUpdate} throws */
export function readChange(
  u: RawValue,
  { arrayFilters, ...change }: Omit<Change, 'u' | 'update'> & { arrayFilters?: Document[] },
): Change {
  if (change.multi && !isModification(u)) {
    throw new StoreError(9, 'multi update is not supported for replacement-style update');
  }
  if (change.multi && change.sort.length) throw new StoreError(9, 'Cannot specify sort with multi=true');
  if (arrayFilters?.length && (!isModification(u) || u.type === bsonType.array)) {
    throw new StoreError(
      9,
      'arrayFilters may not be specified for replacement-style or pipeline-style updates',
    );
  }
  const meaning = { variables: change.variables, collation: collationOf(change) };
  return { ...change, u, update: compileUpdate(u, arrayFilters, meaning) };
}

/** Changes what matches in `db.name`, or inserts when nothing does and the change says so. */
export function changeMatching(store: Store, db: string, name: string, change: Change): Changed {
  const { documents } = store;
  const { filter, update, multi, upsert, hint, variables, bypass } = change;
  const collection = writable(store, db, name, upsert);
  const done: Changed = { matched: 0, modified: 0 };
  if (!collection) return done;
  const collation = collationOf(change, collection);
  const sort = under(collation, change.sort);
  const context = { filter, inserting: false, now: store.now(), collation };
  const query = { filter, hint, sort, variables, collation, limit: multi ? 0 : 1 };
  const found = matching(documents, collection, query);
  // All places first: a document that its own update moves along an index must not be met twice.
  for (const row of multi ? placesOf(store, collection, found) : found) {
    done.matched++;
    if (replaceOne(store, collection, row, update(row.doc, context), bypass)) done.modified++;
  }
  if (!done.matched && upsert) done.upserted = upsertOne(store, collection, change);
  return done;
}

/** The same order, under a collation. */
export function under(collation: Collation | undefined, sort: KeyField[]): KeyField[] {
  return collation ? sort.map((field) => ({ ...field, collation })) : sort;
}

function* placesOf(store: Store, collection: Collection, rows: Iterable<Row>): Generator<Row> {
  const places = Array.from(rows, ({ rid }) => rid);
  for (const rid of places) {
    const doc = store.documents.at(collection, rid);
    if (doc) yield { rid, doc };
  }
}

export function upsertOne(
  store: Store,
  collection: Collection,
  { filter, u, update, bypass }: Change,
): Buffer {
  const equal = documentOf(filter);
  const start = isModification(u)
    ? equal
    : documentOf(equal.get('_id') ? { _id: filter['_id'] as unknown } : {});
  return insertOne(
    store,
    collection,
    update(writeTree(start), { filter, inserting: true, now: store.now() }),
    bypass,
  );
}

type Removal = {
  filter: Document;
  multi: boolean;
  hint?: unknown;
  variables?: Document;
  collation?: unknown;
};

/** Removes what matches. Gives how many. */
export function removeMatching(store: Store, collection: Collection, { multi, ...query }: Removal): number {
  const collation = collationOf(query, collection);
  const found = matching(store.documents, collection, { ...query, collation, limit: multi ? 0 : 1 });
  let removed = 0;
  for (const row of multi ? placesOf(store, collection, found) : found) {
    removeOne(store, collection, row);
    removed++;
  }
  return removed;
}
