/** One life of a collection: operations run on the store and on the reference, which must never differ. */
import assert from 'node:assert/strict';
import type mongoose from 'mongoose';
import { Aggregator } from 'mingo';
import { compareValues, isPlain, sortDocs, valuesAt, type Doc } from './order.ts';
import { ModelList, type Change } from './list.ts';
import { projected } from './project.ts';
import type { Operation } from './operations.ts';
import { outcomes, refuseAlways, trying, type Outcome } from './outcomes.ts';
import { plain } from './update.ts';
import { asked, send, written, type Answer, type Collection } from './send.ts';

export type Life = {
  client: () => mongoose.mongo.MongoClient;
  collection: () => Collection;
  /** Closes the store and opens it again, with the time given: what is over then is removed. */
  reopen: (removeExpiredAt?: Date) => Promise<void>;
};

/** Plays the operations. @throws Error where the store differs, saying at which one */
export async function live(life: Life, operations: readonly Operation[], checkEvery = 7): Promise<void> {
  let list = new ModelList();
  for (const [i, operation] of operations.entries()) {
    try {
      list = await play(life, list, operation);
      if (i % checkEvery === 0 || i === operations.length - 1) await compareAll(life.collection(), list);
    } catch (error) {
      (error as Error).message = `Operation ${i}, ${operation.do}: ${(error as Error).message}`;
      throw error;
    }
  }
}

async function play(life: Life, list: ModelList, operation: Operation): Promise<ModelList> {
  const collection = life.collection();
  switch (operation.do) {
    case 'reopen':
      await life.reopen();
      return list;
    case 'expire':
      await life.reopen(operation.at);
      list.expire(operation.at);
      return list;
    case 'find':
    case 'count':
    case 'distinct':
    case 'group':
      await read(collection, list, operation);
      return list;
    case 'dropIndex': {
      const index = list.indexes[operation.which];
      if (!index) return list;
      await collection.dropIndex(index.name);
      list.dropIndex(index.name);
      return list;
    }
    case 'updateMany':
      return updateMany(collection, list, operation);
    default: {
      const possible = outcomes(list, operation);
      const answer = await asked(() => send(life.client(), collection, operation));
      return settle(collection, possible, answer);
    }
  }
}

/** The outcome that the answer and, where several would fit, the documents show. */
async function settle(collection: Collection, possible: Outcome[], answer: Answer): Promise<ModelList> {
  const fitting = possible.filter((outcome) => fits(outcome.answer, answer));
  if (!fitting.length) assert.deepEqual(answer, possible[0]!.answer);
  if (fitting.length === 1) return fitting[0]!.after;
  const actual = await everything(collection);
  const found = fitting.find(({ after }) => equalDocs(byId(after.docs), actual));
  if (!found) assert.deepEqual(actual, byId(fitting[0]!.after.docs));
  return found!.after;
}

function fits(expected: Answer, actual: Answer): boolean {
  const [expectedCodes, codes] = [expected['codes'], actual['codes']] as (number[] | undefined)[];
  if (expectedCodes || codes)
    return Boolean(expectedCodes && codes?.every((code) => expectedCodes.includes(code)));
  return Object.entries(expected).every(([name, value]) => {
    // Documents of equal numbers may differ in their types, which JavaScript does not show.
    if (name === 'modified') return Number(actual[name]) >= Number(value);
    return sameFields(value, plain(actual[name] ?? null));
  });
}

/** Where a document of many is refused, the others may have been changed before it or not: each is as it was or as it should be. */
async function updateMany(collection: Collection, list: ModelList, operation: Change): Promise<ModelList> {
  const { filter, update, arrayFilters } = operation;
  const answer = await asked(() => written(collection.updateMany(filter, update, { arrayFilters })));
  const expected = trying(list, (after) => {
    refuseAlways(operation);
    const found = after.matching(filter);
    let modified = 0;
    for (const doc of found) if (compareValues(doc, after.change(doc, operation))) modified++;
    return { matched: found.length, modified };
  });
  const refusal = 'codes' in answer;
  const mayBeRefused = 'codes' in expected.answer || list.indexes.some(({ options }) => options.unique);
  if (!refusal && !('codes' in expected.answer)) return settle(collection, [expected], answer);
  if (!mayBeRefused || !refusal) assert.deepEqual(answer, expected.answer);
  const actual = await everything(collection);
  const after = list.copy();
  for (const doc of list.matching(filter)) {
    const now = actual.find(({ _id }) => compareValues(_id, doc._id) === 0);
    assert.ok(now, `${String(doc._id)} is gone`);
    if (sameFields(now, doc)) continue;
    const alone = new ModelList();
    alone.docs = [doc];
    assert.deepEqual(now, alone.change(doc, operation));
    after.docs[after.docs.indexOf(doc)] = now;
  }
  assert.deepEqual(actual, byId(after.docs));
  return after;
}

type Reading = Operation & { do: 'find' | 'count' | 'distinct' | 'group' };

async function read(collection: Collection, list: ModelList, operation: Reading): Promise<void> {
  const { filter } = operation;
  const found = list.matching(filter);
  switch (operation.do) {
    case 'find': {
      const { sort, skip, limit, batchSize, projection, hint } = operation;
      const index = hint === undefined ? undefined : list.indexes[hint];
      const cursor = collection.find(filter, {
        projection,
        batchSize,
        ...(index ? { hint: index.name } : {}),
      });
      const shown = (docs: Doc[]) => docs.map((doc) => projected(doc, projection));
      if (!sort) {
        const all = await cursor.toArray();
        assert.deepEqual(all.map(text).sort(), shown(found).map(text).sort());
        return;
      }
      const page = sortDocs(found, sort).slice(skip, limit ? skip + limit : undefined);
      assert.deepEqual((await cursor.sort(sort).skip(skip).limit(limit).toArray()).map(plain), shown(page));
      return;
    }
    case 'count': {
      const { skip, limit } = operation;
      const options = { skip, ...(limit ? { limit } : {}) };
      assert.equal(
        await collection.countDocuments(filter, options),
        found.slice(skip, limit ? skip + limit : undefined).length,
      );
      const { n } = await collection.db.command({
        count: collection.collectionName,
        query: filter,
        skip,
        limit,
      });
      assert.equal(n, found.slice(skip, limit ? skip + limit : undefined).length, 'count');
      return;
    }
    case 'distinct': {
      const values = found.flatMap((doc) => valuesAt(doc, operation.key.split('.'), undefined).flat());
      const different = [...new Set(values.filter((value) => value !== undefined).map(text))];
      assert.deepEqual((await collection.distinct(operation.key, filter)).map(text).sort(), different.sort());
      return;
    }
    case 'group': {
      const pipeline = [{ $match: filter }, { $group: { _id: `$${operation.key}`, n: { $sum: 1 } } }];
      const groups = new Aggregator(pipeline).run(structuredClone(list.docs)).map(text);
      assert.deepEqual((await collection.aggregate(pipeline).toArray()).map(text).sort(), groups.sort());
    }
  }
}

/** The same for documents of the same fields, in whatever order they are. */
const text = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) =>
    isPlain(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
const byId = (docs: Doc[]) => sortDocs(docs, { _id: 1 });

async function everything(collection: Collection): Promise<Doc[]> {
  return (await collection.find().sort({ _id: 1 }).toArray()).map(plain) as Doc[];
}

function equalDocs(a: Doc[], b: Doc[]): boolean {
  return a.length === b.length && a.every((doc, i) => sameFields(doc, b[i]));
}

/** Equal, whatever the order of the fields: which of them comes first after an update is not for the model to say. */
function sameFields(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

async function compareAll(collection: Collection, list: ModelList): Promise<void> {
  assert.deepEqual(await everything(collection), byId(list.docs));
}
