/**
 * What the application relies on, said once and asked of every server that may stand behind it: the embedded store
 * always, another MongoDB-protocol server when TEST_MONGODB_URL names one.
 */
import assert from 'node:assert/strict';
import mongoose from 'mongoose';
import { skipWhatFerretCannot } from './not-ferret.ts';

const { Binary, Decimal128, Double, Int32, Long, ObjectId } = mongoose.mongo;
type Doc = mongoose.mongo.Document & { _id: string | number | null | mongoose.mongo.ObjectId };

export function contract(urlOf: () => string): void {
  let client: mongoose.mongo.MongoClient;
  let db: mongoose.mongo.Db;
  let made = 0;
  let isFerret = false;
  const fresh = async (...docs: object[]) => {
    const collection = db.collection<Doc>(`c${++made}`);
    if (docs.length) await collection.insertMany(docs as Doc[]);
    return collection;
  };

  before(async () => {
    client = await new mongoose.mongo.MongoClient(urlOf()).connect();
    isFerret = 'ferretdbVersion' in (await client.db('admin').command({ buildInfo: 1 }));
    db = client.db(`contract_${process.pid}_${new ObjectId().toHexString().slice(-6)}`);
  });
  beforeEach(function () {
    skipWhatFerretCannot(this, isFerret);
  });
  after(async () => {
    await db?.dropDatabase();
    await client?.close();
  });

  describe('documents', () => {
    it('come back as they were stored, type by type', async () => {
      const doc = {
        _id: new ObjectId(),
        text: 'Grüße \u0000 😀',
        int: new Int32(1),
        double: new Double(1),
        long: Long.fromString('9007199254740993'),
        decimal: Decimal128.fromString('0.10'),
        date: new Date('2026-01-02T03:04:05.678Z'),
        binary: new Binary(Buffer.from([0, 255, 128]), 4),
        regex: /^a.b/i,
        nothing: null,
        flag: false,
        list: [1, 'two', { three: [3] }, []],
        inner: { b: 1, a: { c: true } },
      };
      const collection = await fresh(doc);
      const found = await collection.findOne({ _id: doc._id }, { promoteValues: false });
      assert.deepEqual(found, {
        ...doc,
        list: [new Int32(1), 'two', { three: [new Int32(3)] }, []],
        inner: { b: new Int32(1), a: { c: true } },
      });
      assert.deepEqual(Object.keys(found!), Object.keys(doc));
    });

    it('keep the types of what an update does not touch', async () => {
      const collection = await fresh({
        _id: 1,
        double: new Double(3),
        long: Long.fromNumber(5),
        at: { n: new Double(2), m: 1 },
      });
      await collection.updateOne({ _id: 1 }, { $set: { 'at.m': 2 } });
      const found = await collection.findOne({ _id: 1 }, { promoteValues: false });
      assert.deepEqual(found, {
        _id: new Int32(1),
        double: new Double(3),
        long: Long.fromNumber(5),
        at: { n: new Double(2), m: new Int32(2) },
      });
    });

    it('get an _id that comes first when they have none', async () => {
      const collection = await fresh();
      await db.command({ insert: collection.collectionName, documents: [{ a: 1 }, { a: 2, _id: 'x' }] });
      const found = await collection.find().sort({ a: 1 }).toArray();
      assert.ok(found[0]!._id instanceof ObjectId);
      assert.deepEqual(Object.keys(found[0]!), ['_id', 'a']);
      assert.equal(found[1]!._id, 'x');
    });
  });

  describe('finding', () => {
    const people = [
      { _id: 1, name: 'Ada', age: 36, tags: ['a', 'b'], home: { city: 'London' } },
      { _id: 2, name: 'Bob', age: 20, tags: [], home: { city: 'Paris' } },
      { _id: 3, name: 'Cyd', tags: ['b'], home: {} },
      { _id: 4, name: 'Dan', age: null },
      {
        _id: 5,
        name: 'Eve',
        age: '36',
        jobs: [
          { at: 'x', years: 1 },
          { at: 'y', years: 9 },
        ],
      },
    ];
    const questions: [filter: object, ids: number[]][] = [
      [{}, [1, 2, 3, 4, 5]],
      [{ age: 36 }, [1]],
      [{ age: { $gt: 19 } }, [1, 2]],
      [{ age: { $gte: 20, $lt: 36 } }, [2]],
      [{ age: null }, [3, 4]],
      [{ age: { $ne: null } }, [1, 2, 5]],
      [{ age: { $in: [20, '36', null] } }, [2, 3, 4, 5]],
      [{ age: { $nin: [20, null] } }, [1, 5]],
      [{ age: { $exists: true } }, [1, 2, 4, 5]],
      [{ age: { $exists: false } }, [3]],
      [{ tags: 'b' }, [1, 3]],
      [{ tags: { $all: ['a', 'b'] } }, [1]],
      [{ tags: { $size: 0 } }, [2]],
      [{ tags: ['a', 'b'] }, [1]],
      [{ tags: { $ne: 'b' } }, [2, 4, 5]],
      [{ 'home.city': 'Paris' }, [2]],
      [{ 'home.city': { $regex: '^l', $options: 'i' } }, [1]],
      [{ name: /^[BC]/ }, [2, 3]],
      [{ name: { $not: /^[BC]/ } }, [1, 4, 5]],
      [{ jobs: { $elemMatch: { at: 'x', years: 9 } } }, []],
      [{ 'jobs.at': 'x', 'jobs.years': 9 }, [5]],
      [{ $or: [{ name: 'Ada' }, { age: null }] }, [1, 3, 4]],
      [{ $and: [{ age: { $gt: 1 } }, { name: { $ne: 'Ada' } }] }, [2]],
      [{ $nor: [{ age: 36 }, { tags: 'b' }] }, [2, 4, 5]],
      [{ age: { $type: 'string' } }, [5]],
      [{ age: { $mod: [10, 0] } }, [2]],
    ];
    for (const indexed of [false, true]) {
      it(`answers what a filter asks ${indexed ? 'with' : 'without'} indexes`, async () => {
        const collection = await fresh(...people);
        if (indexed)
          for (const key of ['age', 'tags', 'home.city', 'name']) await collection.createIndex({ [key]: 1 });
        for (const [filter, ids] of questions) {
          const found = await collection.find(filter).toArray();
          assert.deepEqual(found.map(({ _id }) => _id).sort(), ids, JSON.stringify(filter));
          assert.equal(await collection.countDocuments(filter), ids.length, JSON.stringify(filter));
        }
      });
    }

    it('sorts, skips, limits and projects', async () => {
      const collection = await fresh(
        ...Array.from({ length: 20 }, (_, i) => ({ _id: i, a: i % 3, b: -i, c: 'x' })),
      );
      await collection.createIndex({ a: 1, b: -1 });
      const found = await collection
        .find({}, { projection: { a: 1, b: 1 } })
        .sort({ a: -1, b: 1 })
        .skip(5)
        .limit(3)
        .toArray();
      assert.deepEqual(found, [
        { _id: 2, a: 2, b: -2 },
        { _id: 19, a: 1, b: -19 },
        { _id: 16, a: 1, b: -16 },
      ]);
      assert.deepEqual(await collection.findOne({ _id: 4 }, { projection: { _id: 0, a: 0 } }), {
        b: -4,
        c: 'x',
      });
    });

    it('pages through an index by a compound position', async () => {
      const at = (i: number) => new Date(1000 * (i % 7));
      const collection = await fresh(
        ...Array.from({ length: 50 }, (_, i) => ({ _id: i, w: 'w', at: at(i) })),
      );
      await collection.createIndex({ w: 1, at: -1, _id: -1 });
      const seen: unknown[] = [];
      for (let last: Doc | undefined; ;) {
        const before = last
          ? { $or: [{ at: { $lt: last['at'] } }, { at: last['at'], _id: { $lt: last._id } }] }
          : {};
        const page = await collection
          .find({ w: 'w', ...before } as object)
          .sort({ at: -1, _id: -1 })
          .limit(8)
          .toArray();
        if (!page.length) break;
        seen.push(...page.map(({ _id }) => _id));
        last = page.at(-1);
      }
      const expected = Array.from({ length: 50 }, (_, i) => i).sort((a, b) => (b % 7) - (a % 7) || b - a);
      assert.deepEqual(seen, expected);
    });

    it('goes on through batches while documents are added and removed', async () => {
      const collection = await fresh(...Array.from({ length: 1000 }, (_, i) => ({ _id: i })));
      const cursor = collection.find({}, { batchSize: 50 }).sort({ _id: 1 });
      const seen: unknown[] = [];
      for await (const { _id } of cursor) {
        seen.push(_id);
        if (_id === 100) await collection.deleteMany({ _id: { $gte: 500 } });
      }
      assert.deepEqual(
        seen.slice(0, 500),
        Array.from({ length: 500 }, (_, i) => i),
      );
      assert.ok(seen.length < 700);
    });

    it('gives distinct values, those of arrays one by one', async () => {
      const collection = await fresh(
        { _id: 1, a: [1, 2] },
        { _id: 2, a: 2 },
        { _id: 3, a: { b: 1 } },
        { _id: 4 },
      );
      assert.deepEqual((await collection.distinct('a', { _id: { $lt: 3 } })).sort(), [1, 2]);
    });
  });

  describe('updates', () => {
    const cases: [before: object, update: object, after: object][] = [
      [{ a: 1 }, { $set: { b: 2, 'c.d': 3 } }, { a: 1, b: 2, c: { d: 3 } }],
      [{ a: 1, b: 2 }, { $unset: { b: '' } }, { a: 1 }],
      [{ a: 1 }, { $inc: { a: 2, b: -1 } }, { a: 3, b: -1 }],
      [{ a: 2 }, { $mul: { a: 3, b: 4 } }, { a: 6, b: 0 }],
      [
        { a: 5, b: 5 },
        { $max: { a: 9, b: 1 }, $min: { c: 1 } },
        { a: 9, b: 5, c: 1 },
      ],
      [{ a: 1, b: { c: 2 } }, { $rename: { a: 'x', 'b.c': 'y' } }, { b: {}, x: 1, y: 2 }],
      [{ a: [1] }, { $push: { a: 2, b: 'x' } }, { a: [1, 2], b: ['x'] }],
      [{ a: [1, 2] }, { $push: { a: { $each: [3, 4], $slice: -3 } } }, { a: [2, 3, 4] }],
      [{ a: [1, 2] }, { $push: { a: { $each: [9], $position: 0 } } }, { a: [9, 1, 2] }],
      [
        { a: [{ n: 2 }, { n: 1 }] },
        { $push: { a: { $each: [{ n: 3 }], $sort: { n: -1 } } } },
        { a: [{ n: 3 }, { n: 2 }, { n: 1 }] },
      ],
      [{ a: [1, 2] }, { $addToSet: { a: { $each: [2, 3] } } }, { a: [1, 2, 3] }],
      [{ a: [1, 2, 3] }, { $pop: { a: 1 } }, { a: [1, 2] }],
      [{ a: [1, 2, 3] }, { $pop: { a: -1 } }, { a: [2, 3] }],
      [{ a: [1, 5, 2] }, { $pull: { a: { $gt: 1 } } }, { a: [1] }],
      [{ a: [{ n: 1 }, { n: 2 }] }, { $pull: { a: { n: 1 } } }, { a: [{ n: 2 }] }],
      [{ a: [1, 2, 1] }, { $pullAll: { a: [1] } }, { a: [2] }],
      [{ a: [1, 2] }, { $set: { 'a.1': 9 } }, { a: [1, 9] }],
      [{ a: 5 }, { $bit: { a: { and: 6 } } }, { a: 4 }],
    ];
    for (const [before, update, after] of cases) {
      it(`${JSON.stringify(update)} of ${JSON.stringify(before)}`, async () => {
        const collection = await fresh({ _id: 1, ...before });
        const { matchedCount, modifiedCount } = await collection.updateOne({ _id: 1 }, update);
        assert.deepEqual([matchedCount, modifiedCount], [1, 1]);
        assert.deepEqual(await collection.findOne({ _id: 1 }), { _id: 1, ...after });
      });
    }

    it('say when nothing changed', async () => {
      const collection = await fresh({ _id: 1, a: 1 });
      const { matchedCount, modifiedCount } = await collection.updateOne(
        { _id: 1 },
        { $set: { a: 1 }, $setOnInsert: { b: 1 } },
      );
      assert.deepEqual([matchedCount, modifiedCount], [1, 0]);
    });

    it('reach every match with updateMany, each once, also along the index that they change', async () => {
      const collection = await fresh(...Array.from({ length: 300 }, (_, i) => ({ _id: i, n: i })));
      await collection.createIndex({ n: 1 });
      const { modifiedCount } = await collection.updateMany({ n: { $gte: 100 } }, { $inc: { n: 1000 } });
      assert.equal(modifiedCount, 200);
      assert.equal(await collection.countDocuments({ n: { $gte: 1100, $lt: 1300 } }), 200);
    });

    it('insert when asked to, from the equalities of the filter', async () => {
      const collection = await fresh();
      const first = await collection.updateOne(
        { _id: 'a', 'b.c': 2, n: { $gt: 1 } },
        { $set: { x: 1 }, $setOnInsert: { y: 2 } },
        { upsert: true },
      );
      assert.deepEqual([first.upsertedId, first.upsertedCount, first.matchedCount], ['a', 1, 0]);
      assert.deepEqual(await collection.findOne({}), { _id: 'a', b: { c: 2 }, x: 1, y: 2 });
      const again = await collection.updateOne(
        { _id: 'a' },
        { $set: { x: 2 }, $setOnInsert: { y: 9 } },
        { upsert: true },
      );
      assert.deepEqual([again.upsertedCount, again.modifiedCount], [0, 1]);
      assert.deepEqual(await collection.findOne({}), { _id: 'a', b: { c: 2 }, x: 2, y: 2 });
    });

    it('replace the whole document, but not its _id', async () => {
      const collection = await fresh({ _id: 1, a: 1, b: 2 });
      await collection.replaceOne({ a: 1 }, { c: 3 });
      assert.deepEqual(await collection.find().toArray(), [{ _id: 1, c: 3 }]);
    });

    it('refuse to change an _id (66)', async () => {
      const collection = await fresh({ _id: 1, a: 1 });
      await assert.rejects(collection.updateOne({ a: 1 }, { $set: { _id: 2 } }), { code: 66 });
      await assert.rejects(collection.replaceOne({ a: 1 }, { _id: 2 } as object), { code: 66 });
      assert.deepEqual(await collection.find().toArray(), [{ _id: 1, a: 1 }]);
    });

    it('refuse what cannot be done, and leave the document as it was', async () => {
      const collection = await fresh({ _id: 1, s: 'text', n: 1 });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { n: 2 }, $inc: { s: 1 } }), {
        code: 14,
      });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { n: 2 }, $push: { s: 1 } } as object), {
        code: 2,
      });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { n: 2, 's.t': 1 } }), { code: 28 });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { n: 2 }, $inc: { n: 1 } }), {
        code: 40,
      });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $nonsense: { n: 2 } } as object), { code: 9 });
      assert.deepEqual(await collection.findOne({}), { _id: 1, s: 'text', n: 1 });
    });
  });

  describe('claims', () => {
    it('give a document to one of many that ask at once', async () => {
      const collection = await fresh(...Array.from({ length: 40 }, (_, i) => ({ _id: i, free: true })));
      await collection.createIndex({ free: 1 });
      const taken: unknown[] = [];
      const take = async (by: number) => {
        for (;;) {
          const got = await collection.findOneAndUpdate(
            { free: true },
            { $set: { free: false, by } },
            { sort: { _id: 1 } },
          );
          if (!got) return;
          taken.push(got._id);
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, by) => take(by)));
      assert.deepEqual(
        taken.sort((a, b) => Number(a) - Number(b)),
        Array.from({ length: 40 }, (_, i) => i),
      );
    });

    it('give what was there before or after, or the document that was removed', async () => {
      const collection = await fresh({ _id: 1, n: 1 });
      const update = { $inc: { n: 1 } };
      assert.deepEqual(await collection.findOneAndUpdate({ _id: 1 }, update), { _id: 1, n: 1 });
      assert.deepEqual(await collection.findOneAndUpdate({ _id: 1 }, update, { returnDocument: 'after' }), {
        _id: 1,
        n: 3,
      });
      assert.deepEqual(await collection.findOneAndDelete({ n: 3 }), { _id: 1, n: 3 });
      assert.equal(await collection.findOneAndDelete({ n: 3 }), null);
      const made = await collection.findOneAndUpdate({ _id: 2 }, update, {
        upsert: true,
        returnDocument: 'after',
      });
      assert.deepEqual(made, { _id: 2, n: 1 });
    });

    it('count correctly from many sides', async () => {
      const collection = await fresh({ _id: 1, n: 0 });
      await Promise.all(
        Array.from({ length: 200 }, () => collection.updateOne({ _id: 1 }, { $inc: { n: 1 } })),
      );
      assert.equal((await collection.findOne({}))!['n'], 200);
    });
  });

  describe('unique indexes', () => {
    it('settle a race: one of many wins, the others are told (11000)', async () => {
      const collection = await fresh();
      await collection.createIndex({ kind: 1, key: 1 }, { unique: true });
      const attempts = Array.from({ length: 20 }, (_, i) =>
        collection.insertOne({ _id: i, kind: 'k', key: 'same' }),
      );
      const results = await Promise.allSettled(attempts);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of results) if (result.status === 'rejected') assert.equal(result.reason.code, 11000);
      assert.equal(await collection.countDocuments(), 1);
    });

    it('hold for updates and upserts as well', async () => {
      const collection = await fresh({ _id: 1, k: 'a' }, { _id: 2, k: 'b' });
      await collection.createIndex({ k: 1 }, { unique: true });
      await assert.rejects(collection.updateOne({ _id: 2 }, { $set: { k: 'a' } }), { code: 11000 });
      await assert.rejects(collection.updateOne({ _id: 3 }, { $set: { k: 'a' } }, { upsert: true }), {
        code: 11000,
      });
      await collection.updateOne({ _id: 2 }, { $set: { k: 'b', x: 1 } });
      assert.deepEqual(await collection.find().sort({ _id: 1 }).toArray(), [
        { _id: 1, k: 'a' },
        { _id: 2, k: 'b', x: 1 },
      ]);
    });

    it('are not made over documents that are not', async () => {
      const collection = await fresh({ _id: 1, k: 'a' }, { _id: 2, k: 'a' });
      await assert.rejects(collection.createIndex({ k: 1 }, { unique: true }), { code: 11000 });
      assert.equal((await collection.indexes()).length, 1);
    });

    it('insert the others of an unordered batch', async () => {
      const collection = await fresh({ _id: 2 });
      const batch = [{ _id: 1 }, { _id: 2 }, { _id: 3 }];
      await assert.rejects(collection.insertMany(batch, { ordered: false }), { code: 11000 });
      assert.equal(await collection.countDocuments(), 3);
    });
  });

  describe('collections', () => {
    it('are made once (48), listed and dropped', async () => {
      const name = `made${++made}`;
      await db.createCollection(name);
      await assert.rejects(db.command({ create: name }), { code: 48 });
      assert.equal((await db.listCollections({ name }).toArray()).length, 1);
      await db.dropCollection(name);
      assert.equal((await db.listCollections({ name }).toArray()).length, 0);
    });

    it('keep their indexes, also when asked for them again', async () => {
      const collection = await fresh();
      await collection.createIndex({ a: 1, b: -1 }, { unique: true });
      await collection.createIndex({ a: 1, b: -1 }, { unique: true });
      const [id, index] = await collection.indexes();
      assert.deepEqual(id!.key, { _id: 1 });
      assert.deepEqual([index!.name, index!.key, index!.unique], ['a_1_b_-1', { a: 1, b: -1 }, true]);
      await collection.dropIndex('a_1_b_-1');
      assert.equal((await collection.indexes()).length, 1);
    });

    it('do not know every command (59)', async () => {
      await assert.rejects(db.command({ makeCoffee: 1 }), { code: 59 });
    });
  });
}
