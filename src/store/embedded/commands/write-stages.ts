/** `$out` and `$merge`: the last stage of a pipeline, which writes what comes out of it. All of it or nothing. */
import { ObjectId, type Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { StoreError } from '../faults/errors.ts';
import { keyOf } from '../values/keys.ts';
import { compileUpdate } from '../update/modify.ts';
import { fieldOf, idName, parse, rawOf, valueOf, withIdFirst } from '../values/raw.ts';
import { matching } from '../reading/read.ts';
import type { Store } from '../data/store.ts';
import { ObjectNode, rawNode, writeTree } from '../values/tree.ts';
import { isDocument } from '../query/value-tests.ts';
import { documentArgument } from './command.ts';
import { insertOne, replaceOne, writable } from './one-document.ts';

export function writesResults(pipeline: Document[]): boolean {
  const last = pipeline.at(-1);
  return Boolean(last && ('$out' in last || '$merge' in last));
}

/** Writes the documents as the stage says. */
export function writeResults(
  store: Store,
  db: string,
  rows: Iterable<Buffer>,
  stage: Document,
  args: Document,
): void {
  const docs = Array.from(rows, (doc) => Buffer.from(doc)); // read to the end before the first is written
  const bypass = Boolean(args['bypassDocumentValidation']);
  if ('$out' in stage) replaceAll(store, targetOf('$out', stage['$out'], db), docs, bypass);
  else mergeAll(store, db, stage['$merge'], docs, documentArgument(args, 'let'), bypass);
}

type Target = { db: string; name: string };

function targetOf(stage: string, given: unknown, db: string): Target {
  if (typeof given === 'string') return { db, name: given };
  if (isDocument(given) && typeof given['coll'] === 'string')
    return { db: String(given['db'] ?? db), name: given['coll'] };
  throw new StoreError(16990, `${stage} must name a collection, as a string or as {db, coll}`);
}

/** The target keeps its options and indexes, and has these documents. */
function replaceAll(store: Store, { db, name }: Target, docs: Buffer[], bypass: boolean): void {
  const { catalog } = store;
  const before = writable(store, db, name, false);
  if (before?.capped)
    throw new StoreError(17152, `namespace '${before.ns}' is capped so it can't be used for $out`);
  const fresh = catalog.create(db, `tmp.agg_out.${new ObjectId().toHexString()}`, before?.options ?? {});
  for (const { primary, spec } of before?.indexes ?? []) if (!primary) catalog.createIndex(fresh, spec);
  for (const doc of docs) insertOne(store, fresh, doc, bypass);
  if (before) {
    store.cursors.killAll(before.ns);
    catalog.drop(before);
  }
  catalog.rename(fresh, db, name);
}

const matchedWays = ['replace', 'keepExisting', 'merge', 'fail'];
const unmatchedWays = ['insert', 'discard', 'fail'];

function mergeAll(
  store: Store,
  db: string,
  given: unknown,
  docs: Buffer[],
  variables: Document,
  bypass: boolean,
): void {
  const options: Document = isDocument(given) && 'into' in given ? given : { into: given };
  const target = targetOf('$merge', options['into'], db);
  const { whenMatched = 'merge', whenNotMatched = 'insert' } = options;
  if (!Array.isArray(whenMatched) && !matchedWays.includes(whenMatched as string))
    throw new StoreError(
      2,
      `Enumeration value '${String(whenMatched)}' for field '$merge.whenMatched' is not a valid value.`,
    );
  if (!unmatchedWays.includes(whenNotMatched as string))
    throw new StoreError(
      2,
      `Enumeration value '${String(whenNotMatched)}' for field '$merge.whenNotMatched' is not a valid value.`,
    );
  const collection = writable(store, target.db, target.name, true);
  const on = [options['on'] ?? '_id'].flat().map(String);
  if (!identifies(collection, on))
    throw new StoreError(51183, 'Cannot find index to verify that join fields will be unique');
  for (const doc of docs) {
    const whole = withIdFirst(doc, () => new ObjectId());
    const { found, filter } = counterpart(store, collection, on, whole);
    if (!found && whenNotMatched === 'fail')
      throw new StoreError(
        13113,
        '$merge could not find a matching document in the target collection for at least one document in the source collection',
      );
    if (!found) {
      if (whenNotMatched === 'insert') insertOne(store, collection, whole, bypass);
      continue;
    }
    if (whenMatched === 'keepExisting') continue;
    if (whenMatched === 'fail') {
      insertOne(store, collection, whole, bypass); // the index that identifies it refuses it
      continue;
    }
    const let_ = { new: parse(whole), ...variables, ...(options['let'] as Document | undefined) };
    const after = Array.isArray(whenMatched)
      ? compileUpdate(rawOf(whenMatched), [], { variables: literals(let_) })(found.doc, {
          filter,
          inserting: false,
          now: store.now(),
        })
      : merged(found.doc, doc, whenMatched === 'replace');
    replaceOne(store, collection, found, after, bypass);
  }
}

/** The variables are values, not expressions. */
function literals(variables: Document): Document {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, { $literal: value as unknown }]),
  );
}

/** Is there a unique index on just these fields? */
function identifies(collection: Collection, on: string[]): boolean {
  const wanted = on.toSorted().join();
  return collection.indexes.some(
    ({ unique, partial, collation, fields }) =>
      unique &&
      !partial &&
      !collation &&
      fields
        .map(({ path }) => path)
        .toSorted()
        .join() === wanted,
  );
}

function counterpart(store: Store, collection: Collection, on: string[], doc: Buffer) {
  const filter: Document = {};
  for (const path of on) {
    const value = parse(doc);
    const at = path
      .split('.')
      .reduce<unknown>((from, part) => (isDocument(from) ? from[part] : undefined), value);
    if (at === undefined || at === null || Array.isArray(at))
      throw new StoreError(
        51132,
        `$merge write error: 'on' field '${path}' cannot be missing, null, undefined or an array`,
      );
    filter[path] = path === '_id' ? { $eq: valueOf(fieldOf(doc, 0, idName)!) } : { $eq: at };
  }
  const [found] = matching(store.documents, collection, { filter, limit: 1 });
  return { found, filter };
}

/** The new fields over the old ones, or in their place; the `_id` stays. @throws 66 */
function merged(before: Buffer, doc: Buffer, replacing: boolean): Buffer {
  const [old, given] = [ObjectNode.read(before), ObjectNode.read(doc)];
  const id = old.get('_id')!;
  const newId = given.get('_id');
  if (newId && !keyOf(rawNode(newId)).equals(keyOf(rawNode(id))))
    throw new StoreError(
      66,
      '$merge failed to update the matching document, did you attempt to modify the _id or the shard key?',
    );
  const tree = replacing ? new ObjectNode() : old;
  tree.set('_id', id);
  for (const [name, value] of given.fields) if (name !== '_id') tree.set(name, value);
  return writeTree(tree);
}
