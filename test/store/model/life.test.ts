import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { startEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/start.ts';
import { ModelRun } from './run.ts';
import { makeRandom, type Random } from '../random.ts';

type Doc = mongoose.mongo.Document & { _id: number };

/** Random operations against the store and against a plain list that mingo filters: they must never differ. */
const seed = Number(process.env['MODEL_SEED'] ?? 20260801);
const operations = Number(process.env['MODEL_OPERATIONS'] ?? 300);

describe(`a random life of the store (MODEL_SEED=${seed}, MODEL_OPERATIONS=${operations})`, function () {
  this.timeout(Math.max(120_000, operations * 50));
  const run = new ModelRun();
  before(() => run.open());
  after(() => run.end());

  it('is that of a list', () => run.life(seed, operations));
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
      for (let i = 0; i < 60; i++) {
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

const texts = ['', 'a', 'ab', 'b', 'B', 'é'];
