import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { find, updateOne } from 'mingo';
import mongoose from 'mongoose';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { makeRandom, type Random } from './random.ts';

type Doc = mongoose.mongo.Document & { _id: number };

/** Random operations against the store and against a plain list that mingo filters and updates: they must never differ. */
const seed = Number(process.env['MODEL_SEED'] ?? 20260801);
const operations = Number(process.env['MODEL_OPERATIONS'] ?? 800);

describe(`a random life of the store (MODEL_SEED=${seed}, MODEL_OPERATIONS=${operations})`, function () {
  this.timeout(Math.max(120_000, operations * 50));
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-model-'));
  let store: EmbeddedStore;
  let client: mongoose.mongo.MongoClient;
  const open = async () => {
    store = await startEmbeddedStore({ dir, flush: false });
    client = await new mongoose.mongo.MongoClient(store.url).connect();
  };
  const close = async () => {
    await client?.close();
    await store?.close();
  };
  before(open);
  after(async () => {
    await close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is that of a list', async () => {
    const random = makeRandom(seed);
    let collection = client.db('m').collection<Doc>('c');
    let model: Doc[] = [];
    for (let i = 0; i < operations; i++) {
      const said: string[] = [`operation ${i}`];
      const say = (value: unknown) => (said.push(JSON.stringify(value)), value);
      const kind = random.below(100);
      try {
        if (kind < 25) {
          const doc = say({ _id: random.below(60), ...someFields(random) }) as Doc;
          const taken = model.some(({ _id }) => _id === doc._id);
          const insert = collection.insertOne(structuredClone(doc));
          if (taken) await assert.rejects(insert, { code: 11000 });
          else {
            await insert;
            model.push(doc);
          }
        } else if (kind < 60) {
          await compareFind(collection, model, say(someFilter(random)) as object, random);
        } else if (kind < 75) {
          const filter = say({ _id: random.below(60) }) as { _id: number };
          const update = say(someUpdate(random)) as object;
          const target = model.find(({ _id }) => _id === filter._id);
          const { matchedCount } = await collection.updateOne(filter, update);
          assert.equal(matchedCount, target ? 1 : 0);
          if (target) updateOne([target], {}, structuredClone(update));
        } else if (kind < 80) {
          const filter = say(someFilter(random)) as object;
          const { matchedCount } = await collection.updateMany(filter, { $set: { mark: i } });
          const matched = find<Doc>(model, filter).all();
          for (const doc of matched) doc['mark'] = i;
          assert.equal(matchedCount, matched.length);
        } else if (kind < 86) {
          const filter = say({ ...someFilter(random), _id: { $lt: random.below(60) } }) as object;
          const { deletedCount } = await collection.deleteMany(filter);
          const gone = new Set(find<Doc>(model, filter).all());
          model = model.filter((doc) => !gone.has(doc));
          assert.equal(deletedCount, gone.size);
        } else if (kind < 92) {
          const filter = say(someFilter(random)) as object;
          const got = await collection.findOneAndUpdate(
            filter,
            { $inc: { claims: 1 } },
            { sort: { _id: -1 } },
          );
          const first = find<Doc>(model, filter).sort({ _id: -1 }).next() as Doc | undefined;
          assert.deepEqual(got, first ?? null);
          if (first) first['claims'] = Number(first['claims'] ?? 0) + 1;
        } else if (kind < 97) await changeIndexes(collection, random, say);
        else if (kind < 98 && i % 5 === 0) {
          say('reopen');
          await close();
          await open();
          collection = client.db('m').collection<Doc>('c');
        } else {
          const now = await collection.find().sort({ _id: 1 }).toArray();
          assert.deepEqual(
            now,
            model.toSorted((a, b) => a._id - b._id),
          );
        }
      } catch (error) {
        (error as Error).message += `\nin ${said.join(' ')}`;
        throw error;
      }
    }
  });
});

describe('an index', () => {
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-model-'));
  let store: EmbeddedStore;
  let client: mongoose.mongo.MongoClient;
  before(async () => {
    store = await startEmbeddedStore({ dir, flush: false });
    client = await new mongoose.mongo.MongoClient(store.url).connect();
  });
  after(async () => {
    await client.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('gives what looking at every document gives, whatever the types of the values', async function () {
    this.timeout(120_000);
    const random = makeRandom(seed);
    for (const key of [{ v: 1 }, { v: -1 }, { w: 1, v: -1 }, { w: -1, v: 1, _id: -1 }] as Record<
      string,
      1 | -1
    >[]) {
      const collection = client.db('m').collection<Doc>(Object.entries(key).flat().join('_'));
      await collection.createIndex(key);
      const withArrays = 'w' in key ? 0 : 4; // two arrays side by side are refused
      const value = (depth = 0): unknown => {
        if (depth < 2 && random.below(10) < withArrays)
          return Array.from({ length: random.below(3) }, () => value(depth + 1));
        return anyValue(random);
      };
      const doc = (_id: number) => ({ _id, ...(random.below(8) ? { v: value() } : {}), w: random.below(3) });
      await collection.insertMany(Array.from({ length: 250 }, (_, i) => doc(i)));
      for (let i = 0; i < 120; i++) {
        const range = () => ({
          [random.pick(['$gt', '$gte'])]: value(1),
          [random.pick(['$lt', '$lte'])]: value(1),
        });
        const v = random.pick([
          () => value(),
          range,
          () => ({ $in: [value(), value(1), value(1)] }),
          () => ({ [random.pick(['$gt', '$lte'])]: value(1) }),
        ])();
        const filter = {
          v,
          ...(random.below(2) ? { w: random.pick([1, { $in: [0, 2] }, { $gte: 1 }]) } : {}),
        } as object;
        const way = () => random.pick<1 | -1>([1, -1]);
        const sort: Record<string, 1 | -1> = random.below(2) ? { v: way(), _id: way() } : { _id: 1 };
        const ids = async (hint: object) =>
          (await collection.find(filter, { sort, hint }).toArray()).map(({ _id }) => _id);
        assert.deepEqual(
          await ids(key),
          await ids({ $natural: 1 }),
          EJSON.stringify({ key, filter, sort }, { relaxed: false }),
        );
        assert.equal(
          await collection.countDocuments(filter, { hint: key }),
          (await ids({ $natural: 1 })).length,
          EJSON.stringify({ key, filter }, { relaxed: false }),
        );
      }
    }
  });
});

const { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } = mongoose.mongo;

function anyValue(random: Random): unknown {
  return random.pick<() => unknown>([
    () => null,
    () => random.below(5) - 2,
    () => new Double(random.below(5) - 2 + 0.5),
    () => Long.fromBigInt(random.long()),
    () => Decimal128.fromString(`${random.below(40) - 20}E-1`),
    () => random.pick([NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 63)]),
    () => random.pick(texts),
    () => random.pick(['\u0000', 'a\u0000', 'a\u0001b', '\u0001', '😀']),
    () => ({ a: random.below(3) }),
    () => ({ a: random.below(2), b: random.pick(texts) }),
    () => new Binary(Buffer.from([random.below(3), random.below(256)]), 0),
    () => new ObjectId(`00000000000000000000000${random.below(10)}`),
    () => random.below(2) === 1,
    () => new Date((random.below(5) - 2) * 1000),
    () => new Timestamp({ t: random.below(3), i: random.below(3) }),
    () => random.pick([new MinKey(), new MaxKey()]),
  ])();
}

async function compareFind(
  collection: mongoose.mongo.Collection<Doc>,
  model: Doc[],
  filter: object,
  random: Random,
): Promise<void> {
  const expected = find<Doc>(model, filter).all();
  const ids = (docs: Doc[]) => docs.map(({ _id }) => _id).sort((a, b) => a - b);
  const found = await collection.find(filter).toArray();
  assert.deepEqual(ids(found), ids(expected));
  assert.equal(await collection.countDocuments(filter), expected.length);
  // In order, and a part of it: `n` and `_id` hold one number each, so that everybody agrees what order is.
  const sort = random.pick<Record<string, 1 | -1>>([
    { n: 1, _id: 1 },
    { n: -1, _id: -1 },
    { n: 1, _id: -1 },
    { _id: -1 },
  ]);
  const [skip, limit] = [random.below(4), 1 + random.below(8)];
  const page = await collection.find(filter).sort(sort).skip(skip).limit(limit).toArray();
  assert.deepEqual(page, find<Doc>(model, filter).sort(sort).skip(skip).limit(limit).all());
}

const keys = [
  { n: 1 },
  { n: -1, _id: -1 },
  { s: 1, n: 1 },
  { list: 1 },
  { 'inner.a': 1 },
  { 'inner.a': 1, 'inner.b': -1 },
  { x: 1 },
  { s: -1 },
];

async function changeIndexes(
  collection: mongoose.mongo.Collection<Doc>,
  random: Random,
  say: (value: unknown) => unknown,
): Promise<void> {
  const key = say(random.pick(keys)) as Record<string, 1 | -1>;
  const name = Object.entries(key).flat().join('_');
  const there = (await collection.indexes().catch(() => [])).some((index) => index.name === name);
  if (there) await collection.dropIndex(name);
  else await collection.createIndex(key, random.below(4) === 0 ? { sparse: true } : {});
}

const texts = ['', 'a', 'ab', 'b', 'B', 'é'];

function someFields(random: Random): Record<string, unknown> {
  const fields: Record<string, unknown> = { n: random.below(12) - 3 };
  if (random.below(3)) fields['s'] = random.pick(texts);
  if (random.below(2)) fields['list'] = Array.from({ length: random.below(4) }, () => random.below(5));
  if (random.below(2))
    fields['inner'] = { a: random.below(4), ...(random.below(2) ? { b: random.pick(texts) } : {}) };
  if (random.below(2)) fields['x'] = someValue(random);
  return fields;
}

function someValue(random: Random): unknown {
  return random.pick([null, true, false, 0, 1.5, -2, 'a', 'zz', new Date(random.below(3) * 1000)]);
}

function someFilter(random: Random, depth = 0): Record<string, unknown> {
  const compare = (make: () => unknown) => ({ [random.pick(['$gt', '$gte', '$lt', '$lte'])]: make() });
  const number = () => random.below(12) - 3;
  const one = random.below(depth > 1 ? 13 : 16);
  switch (one) {
    case 0:
      return { _id: random.below(60) };
    case 1:
      return { n: number() };
    case 2:
      return { n: compare(number) };
    case 3:
      return { n: { $gte: number(), $lt: number() } };
    case 4:
      return { n: { $in: [number(), number(), number()] } };
    case 5:
      return { s: random.pick([...texts, null]) };
    case 6:
      return { s: compare(() => random.pick(texts)) };
    case 7:
      return { list: random.below(5) };
    case 8:
      return { list: compare(() => random.below(5)) };
    case 9:
      return { 'inner.a': random.below(4), ...(random.below(2) ? { 'inner.b': random.pick(texts) } : {}) };
    case 10:
      return { x: someValue(random) };
    case 11:
      return { x: { $exists: random.below(2) === 1 } };
    case 12:
      return { s: random.pick([{ $ne: 'a' }, { $nin: ['a', 'b'] }, { $exists: true }, { $regex: '^a' }]) };
    case 13:
      return { $or: [someFilter(random, depth + 1), someFilter(random, depth + 1)] };
    case 14:
      return { $and: [someFilter(random, depth + 1), someFilter(random, depth + 1)] };
    default:
      return { ...someFilter(random, depth + 1), n: compare(number) };
  }
}

function someUpdate(random: Random): Record<string, unknown> {
  return random.pick([
    () => ({ $set: someFields(random) }),
    () => ({ $inc: { n: random.below(5) - 2 } }),
    () => ({ $set: { 'inner.a': random.below(4) }, $unset: { x: '' } }),
    () => ({ $push: { list: { $each: [random.below(5), random.below(5)], $slice: -3 } } }),
    () => ({ $max: { n: random.below(9) } }),
    () => ({ $min: { n: random.below(9) } }),
    () => ({ $unset: { s: '' } }),
  ])();
}
