/** One document into a collection, changed in it, or out of it: by the rules that the collection has. */
import { ObjectId } from 'bson';
import type { Collection } from '../data/catalog.ts';
import type { Row } from '../data/documents.ts';
import { StoreError } from '../faults/errors.ts';
import { fieldOf, idName, valueOf, withIdFirst } from '../values/raw.ts';
import { rowsOf } from '../reading/read.ts';
import { checkStorable } from '../update/storable.ts';
import type { Store } from '../data/store.ts';

/** The collection to write to, made when it is missing and `make` says so. @throws 166 for a view */
export function writable(store: Store, db: string, name: string, make: true): Collection;
export function writable(store: Store, db: string, name: string, make: boolean): Collection | undefined;
export function writable(store: Store, db: string, name: string, make: boolean): Collection | undefined {
  const collection = make ? store.catalog.findOrCreate(db, name) : store.catalog.find(db, name);
  if (collection?.view) throw new StoreError(166, `Namespace ${collection.ns} is a view, not a collection`);
  return collection;
}

export function insertOne(store: Store, collection: Collection, doc: Buffer, bypass = false): Buffer {
  const whole = checkStorable(withIdFirst(doc, () => new ObjectId()));
  if (collection.validator && !bypass) validate(collection, whole);
  store.documents.insert(collection, whole);
  if (collection.capped) trim(store, collection, collection.capped, whole.length);
  return whole;
}

/** Puts what a document has become in its place. Gives whether anything is different. */
export function replaceOne(
  store: Store,
  collection: Collection,
  { rid, doc }: Row,
  after: Buffer,
  bypass: boolean,
): boolean {
  if (after.equals(doc)) return false;
  checkStorable(after);
  if (collection.validator && !bypass) validate(collection, after, doc);
  store.documents.replace(collection, rid, doc, after);
  if (collection.capped) filled.delete(collection);
  return true;
}

/** @throws 121 for a document that the collection's validator refuses */
function validate({ validator }: Collection, doc: Buffer, before?: Buffer): void {
  if (!validator || validator.warns || validator.test(doc)) return;
  if (before && validator.moderate && !validator.test(before)) return; // it was let in before there was a validator
  throw new StoreError(121, 'Document failed validation', {
    errInfo: {
      failingDocumentId: idOf(doc),
      details: {
        operatorName: Object.keys(validator.filter)[0],
        specifiedAs: validator.filter,
        reason: 'document did not match',
      },
    },
  });
}

export function removeOne(store: Store, collection: Collection, row: Row): void {
  store.documents.remove(collection, row);
  if (collection.capped) filled.delete(collection);
}

/** What is in each capped collection, counted once and kept up to date by its inserts. */
const filled = new WeakMap<Collection, { bytes: number; documents: number }>();

/** The oldest documents go until the collection is no larger than it may be. */
function trim(
  store: Store,
  collection: Collection,
  { size, max }: { size: number; max: number },
  added: number,
): void {
  const everything = { everything: true, reverse: false } as const;
  let now = filled.get(collection);
  if (now) {
    now.bytes += added;
    now.documents++;
  } else {
    now = { bytes: 0, documents: 0 };
    for (const { doc } of rowsOf(store.documents, collection, everything)) {
      now.bytes += doc.length;
      now.documents++;
    }
    filled.set(collection, now);
  }
  while (now.documents > 1 && (now.bytes > size || now.documents > max)) {
    const [oldest] = rowsOf(store.documents, collection, everything, 1);
    if (!oldest) return;
    store.documents.remove(collection, oldest);
    now.bytes -= oldest.doc.length;
    now.documents--;
  }
}

export function idOf(doc: Buffer): unknown {
  return valueOf(fieldOf(doc, 0, idName)!);
}
