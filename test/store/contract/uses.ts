/** The kinds of questions that the application puts, in the shape in which mongoose sends them (seen by listening at the store's door). */
import assert from 'node:assert/strict';
import mongoose from 'mongoose';
import { skipWhatFerretCannot } from './not-ferret.ts';

type Row = {
  _id: string;
  w?: string;
  key?: string;
  at: Date;
  until?: Date;
  n: number;
  log?: { n: number }[];
  about?: { a: string };
};

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
const isDuplicate = { code: 11000 };

export function contractOfUses(urlOf: () => string): void {
  let connection: mongoose.Connection;
  let rows: mongoose.Model<Row>;
  let isFerret = false;
  let made = 0;

  before(async () => {
    const name = `uses_${process.pid}_${new mongoose.Types.ObjectId().toHexString().slice(-6)}`;
    connection = await mongoose.createConnection(urlOf(), { dbName: name }).asPromise();
    isFerret = 'ferretdbVersion' in (await connection.db!.admin().command({ buildInfo: 1 }));
  });
  beforeEach(async function () {
    skipWhatFerretCannot(this, isFerret);
    rows = connection.model<Row>(`Row${++made}`, schema());
    await rows.createCollection();
    await rows.collection.createIndex({ w: 1, key: 1 }, { unique: true });
  });
  after(async () => {
    await connection?.dropDatabase();
    await connection?.close();
  });
  const row = (i: number, more: Partial<Row> = {}): Row => ({
    _id: `r${i}`,
    w: 'w',
    key: `k${i}`,
    at: at(i),
    n: i,
    ...more,
  });
  const ids = (found: { _id: unknown }[]) => found.map(({ _id }) => _id);

  it('makes the indexes: unique, sparse, compound with directions, of inner fields, expiring; again without harm', async () => {
    const schemaOf = schema();
    schemaOf.index({ key: 1 }, { unique: true });
    schemaOf.index({ until: 1 }, { sparse: true });
    schemaOf.index({ w: 1, at: -1, _id: -1 });
    schemaOf.index({ 'about.a': 1 });
    schemaOf.index({ at: 1 }, { expireAfterSeconds: 3600 });
    const model = connection.model(`Indexed${++made}`, schemaOf);
    for (let i = 0; i < 2; i++) await model.createIndexes();
    const told = (await model.collection.indexes()).map(({ key, unique, sparse, expireAfterSeconds }) => [
      key,
      unique,
      sparse,
      expireAfterSeconds,
    ]);
    assert.deepEqual(told, [
      [{ _id: 1 }, undefined, undefined, undefined],
      [{ key: 1 }, true, undefined, undefined],
      [{ until: 1 }, undefined, true, undefined],
      [{ w: 1, at: -1, _id: -1 }, undefined, undefined, undefined],
      [{ 'about.a': 1 }, undefined, undefined, undefined],
      [{ at: 1 }, undefined, undefined, 3600],
    ]);
  });

  it('finds nothing in an empty list, and everything outside of one', async () => {
    await rows.create([row(1), row(2)]);
    assert.deepEqual(await rows.find({ _id: { $in: [] } }).lean(), []);
    assert.deepEqual(
      ids(
        await rows
          .find({ n: { $nin: [] } })
          .sort({ _id: 1 })
          .lean(),
      ),
      ['r1', 'r2'],
    );
    assert.deepEqual(ids(await rows.find({ _id: { $in: ['r2', 'x'] }, w: 'w' }, { n: 1 }).lean()), ['r2']);
  });

  it('says whether there is one, and counts', async () => {
    await rows.create([row(1, { about: { a: 'x' } }), row(2)]);
    assert.deepEqual(await rows.exists({ w: 'w', key: 'k1', until: { $exists: false } }), { _id: 'r1' });
    assert.equal(await rows.exists({ w: 'other' }), null);
    assert.equal(await rows.countDocuments({ 'about.a': { $exists: true } }), 1);
    assert.equal(await rows.countDocuments({}), 2);
    assert.equal((await rows.findOne({ w: 'w', 'about.a': 'x' }).lean())?._id, 'r1');
  });

  it('pages within a workspace, newest first, with a search', async () => {
    await rows.create(
      Array.from({ length: 9 }, (_, i) => row(i, { at: at(i % 3), key: i % 2 ? `Odd ${i}` : `even ${i}` })),
    );
    const seen: unknown[] = [];
    for (let last: Row | undefined; ;) {
      const after = last
        ? [{ $or: [{ at: { $lt: last.at } }, { at: last.at, _id: { $lt: last._id } }] }]
        : [];
      const filter = { $and: [{ w: 'w', key: { $regex: '^ODD', $options: 'i' } }, ...after] };
      const page = await rows.find(filter, { log: 0 }).sort({ at: -1, _id: -1 }).limit(3).lean<Row[]>();
      seen.push(...ids(page));
      last = page.at(-1);
      if (page.length < 3) break;
    }
    assert.deepEqual(seen, ['r5', 'r7', 'r1', 'r3']);
  });

  it('takes what is due first, when nobody has it', async () => {
    await rows.create([row(3), row(2, { until: at(90) }), row(1, { until: at(5) })]);
    const due = { w: 'w', $and: [{ $or: [{ until: { $exists: false } }, { until: { $lte: at(10) } }] }] };
    const take = () =>
      rows
        .findOneAndUpdate(
          due,
          { $set: { until: at(60) }, $inc: { n: 100 } },
          { sort: { at: 1 }, returnDocument: 'after' },
        )
        .lean();
    assert.deepEqual([(await take())?.n, (await take())?.n, await take()], [101, 103, null]);
    assert.deepEqual(
      (
        await rows
          .find({ until: { $gt: at(59) } })
          .sort({ _id: 1 })
          .lean()
      ).length,
      3,
    );
  });

  it('takes a lease or makes it, unless it is held: then the key is taken (11000)', async () => {
    const lease = (now: number) =>
      rows
        .findOneAndUpdate(
          { _id: 'lane', until: { $lte: at(now) } },
          { $set: { until: at(now + 10) }, $setOnInsert: { n: 0, at: at(now) } },
          { upsert: true, returnDocument: 'after' },
        )
        .lean();
    assert.deepEqual((await lease(0))?.until, at(10));
    await assert.rejects(lease(5), isDuplicate);
    const again = await lease(10);
    assert.deepEqual([again?.until, again?.at], [at(20), at(0)]);
  });

  it('gives a one-time thing to the first who asks', async () => {
    await rows.create(row(1, { until: at(9) }));
    const take = () => rows.findOneAndDelete({ _id: 'r1', until: { $gt: at(1) } }).lean();
    const got = await Promise.all([take(), take(), take()]);
    assert.deepEqual(got.filter(Boolean).length, 1);
  });

  it('refuses a second of the same key, and says which (11000)', async () => {
    await rows.create(row(1));
    await assert.rejects(rows.create(row(2, { key: 'k1' })), isDuplicate);
    await assert.rejects(rows.create(row(1, { key: 'k2' })), isDuplicate);
  });

  it('keeps a short log beside what it sets and forgets', async () => {
    await rows.create(row(1, { log: [], until: at(1) }));
    for (let n = 1; n <= 5; n++) {
      await rows.updateOne(
        { _id: 'r1' },
        {
          $set: { n, about: { a: `x${n}` } },
          $unset: { until: 1 },
          $push: { log: { $each: [{ n }], $slice: -3 } },
        },
      );
    }
    assert.deepEqual(await rows.findById('r1').lean(), {
      ...row(1),
      n: 5,
      about: { a: 'x5' },
      log: [{ n: 3 }, { n: 4 }, { n: 5 }],
    });
  });

  it('keeps totals beside what it adds, and drops the oldest for the newest', async () => {
    const add = (n: number) =>
      rows
        .findOneAndUpdate(
          { _id: 'totals' },
          { $inc: { n }, $set: { at: at(n) } },
          { upsert: true, returnDocument: 'after' },
        )
        .lean();
    assert.equal((await add(2))?.n, 2);
    await rows.create([row(2), row(1), row(3)]);
    assert.deepEqual(await rows.findOneAndDelete({ w: 'w' }, { sort: { at: 1, _id: 1 } }).lean(), row(1));
    assert.equal((await add(-1))?.n, 1);
    const newest: string[] = [];
    for await (const { _id } of rows.find({ w: 'w' }).sort({ at: -1 }).lean().cursor({ batchSize: 1 }))
      newest.push(_id);
    assert.deepEqual(newest, ['r3', 'r2']);
    assert.deepEqual((await rows.distinct('_id', { w: 'w', n: { $exists: true } })).toSorted(), ['r2', 'r3']);
  });

  it('sets what is greater, counts up and down, changes many and removes many', async () => {
    await rows.create([row(1), row(2), row(3, { w: 'v' })]);
    await rows.updateOne({ _id: 'r1' }, { $max: { at: at(50) } });
    await rows.updateOne({ _id: 'r1' }, { $max: { at: at(40) }, $inc: { n: -1 } });
    assert.deepEqual(await rows.findById('r1', { at: 1, n: 1 }).lean(), { _id: 'r1', at: at(50), n: 0 });
    assert.deepEqual((await rows.updateMany({ w: 'w' }, { $set: { until: new Date(0) } })).modifiedCount, 2);
    assert.deepEqual(
      (await rows.updateMany({ until: { $exists: true } }, { $unset: { until: 1 } })).matchedCount,
      2,
    );
    assert.deepEqual(
      [(await rows.deleteMany({ w: 'v' })).deletedCount, (await rows.deleteOne({ w: 'w' })).deletedCount],
      [1, 1],
    );
  });
}

function schema(): mongoose.Schema<Row> {
  const { Mixed } = mongoose.Schema.Types;
  return new mongoose.Schema<Row>(
    {
      _id: String,
      w: String,
      key: String,
      at: Date,
      until: Date,
      n: Number,
      log: { type: [Mixed], default: undefined } as never,
      about: Mixed,
    },
    { versionKey: false, autoIndex: false, autoCreate: false },
  );
}
