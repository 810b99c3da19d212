/** What the write commands have in common: inserting, changing and removing documents of one collection. */
import { ObjectId, type Document } from 'bson';
import type { Collection } from '../catalog.ts';
import type { Row } from '../documents.ts';
import { StoreError } from '../errors.ts';
import type { KeyField } from '../index-keys.ts';
import { compileUpdate, isModification, type Update } from '../modify.ts';
import { checkStorable, documentOf } from '../storable.ts';
import { bsonType, fieldOf, idName, valueOf, withIdFirst, type RawValue } from '../raw.ts';
import { matching } from '../read.ts';
import type { Store } from '../store.ts';
import { writeTree } from '../tree.ts';

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
  return { ...change, u, update: compileUpdate(u, arrayFilters, change.variables) };
}

export function insertOne(store: Store, collection: Collection, doc: Buffer): Buffer {
  const whole = checkStorable(withIdFirst(doc, () => new ObjectId()));
  store.documents.insert(collection, whole);
  return whole;
}

/** Changes what matches in `db.name`, or inserts when nothing does and the change says so. */
export function changeMatching(store: Store, db: string, name: string, change: Change): Changed {
  const { documents } = store;
  const { filter, update, multi, upsert, sort, hint, variables } = change;
  const collection = upsert ? store.catalog.findOrCreate(db, name) : store.catalog.find(db, name);
  const done: Changed = { matched: 0, modified: 0 };
  if (!collection) return done;
  const context = { filter, inserting: false, now: store.now() };
  const found = matching(documents, collection, { filter, hint, sort, variables, limit: multi ? 0 : 1 });
  // All places first: a document that its own update moves along an index must not be met twice.
  for (const { rid, doc } of multi ? placesOf(store, collection, found) : found) {
    done.matched++;
    const after = update(doc, context);
    if (after.equals(doc)) continue;
    documents.replace(collection, rid, doc, checkStorable(after));
    done.modified++;
  }
  if (!done.matched && upsert) done.upserted = upsertOne(store, collection, change);
  return done;
}

function* placesOf(store: Store, collection: Collection, rows: Iterable<Row>): Generator<Row> {
  const places = Array.from(rows, ({ rid }) => rid);
  for (const rid of places) {
    const doc = store.documents.at(collection, rid);
    if (doc) yield { rid, doc };
  }
}

export function upsertOne(store: Store, collection: Collection, { filter, u, update }: Change): Buffer {
  const equal = documentOf(filter);
  const start = isModification(u)
    ? equal
    : documentOf(equal.get('_id') ? { _id: filter['_id'] as unknown } : {});
  return insertOne(
    store,
    collection,
    update(writeTree(start), { filter, inserting: true, now: store.now() }),
  );
}

type Removal = { filter: Document; multi: boolean; hint?: unknown; variables?: Document };

/** Removes what matches. Gives how many. */
export function removeMatching(store: Store, collection: Collection, { multi, ...query }: Removal): number {
  const found = matching(store.documents, collection, { ...query, limit: multi ? 0 : 1 });
  let removed = 0;
  for (const row of multi ? placesOf(store, collection, found) : found) {
    store.documents.remove(collection, row);
    removed++;
  }
  return removed;
}

export function idOf(doc: Buffer): unknown {
  return valueOf(fieldOf(doc, 0, idName)!);
}
