/**
 * What the application does not rely on today, and mongoose and MongoDB's users do: asked of the embedded store, and of
 * another server as far as it can.
 */
import assert from 'node:assert/strict';
import mongoose from 'mongoose';

const { Decimal128, Double, Int32, Long, MongoClient, ObjectId } = mongoose.mongo;
type Doc = mongoose.mongo.Document & { _id: number | string };

export function widerContract(urlOf: () => string): void {
  let client: mongoose.mongo.MongoClient;
  let db: mongoose.mongo.Db;
  let made = 0;
  let isFerret = false;
  const fresh = async (...docs: object[]) => {
    const collection = db.collection<Doc>(`w${++made}`);
    if (docs.length) await collection.insertMany(docs as Doc[]);
    return collection;
  };
  const ids = async (cursor: { toArray: () => Promise<{ _id: unknown }[]> }) =>
    (await cursor.toArray()).map(({ _id }) => _id);

  before(async () => {
    client = await new MongoClient(urlOf()).connect();
    isFerret = 'ferretdbVersion' in (await client.db('admin').command({ buildInfo: 1 }));
    db = client.db(`wider_${process.pid}_${new ObjectId().toHexString().slice(-6)}`);
  });
  beforeEach(function () {
    if (isFerret) this.skip(); // FerretDB 1.24 has none of these
  });
  after(async () => {
    await db?.dropDatabase();
    await client?.close();
  });

  describe('collation', () => {
    const words = [
      { _id: 1, w: 'cote', n: 'file10' },
      { _id: 2, w: 'Côte', n: 'file9' },
      { _id: 3, w: 'côté', n: 'File9' },
      { _id: 4, w: 'zebra', n: 'file1' },
      { _id: 5, w: ['COTE', 'x'], n: 7 },
    ];
    const strength = (level: number, more: object = {}) => ({ locale: 'en', strength: level, ...more });

    it('decides which texts are equal, in lists and in order', async () => {
      const collection = await fresh(...words);
      const find = (filter: object, collation?: object) =>
        ids(collection.find(filter, { collation: collation as never }).sort({ _id: 1 }));
      assert.deepEqual(await find({ w: 'COTE' }), [5]);
      assert.deepEqual(await find({ w: 'COTE' }, strength(1)), [1, 2, 3, 5]);
      assert.deepEqual(await find({ w: 'COTE' }, strength(2)), [1, 5]);
      assert.deepEqual(await find({ w: 'CÔTE' }, strength(2)), [2]);
      assert.deepEqual(await find({ w: 'côte' }, strength(3)), []);
      assert.deepEqual(await find({ w: { $in: ['ZEBRA', 'y'] } }, strength(2)), [4]);
      assert.deepEqual(await find({ w: { $ne: 'COTE' } }, strength(1)), [4]);
      assert.deepEqual(await find({ w: { $gt: 'D' } }, strength(2)), [4, 5]);
      assert.deepEqual(await find({ w: /^COTE/ }, strength(1)), [5], 'a pattern knows no collation');
      assert.equal(await collection.countDocuments({ w: 'cote' }, { collation: strength(1) }), 4);
      assert.deepEqual((await collection.distinct('n', {}, { collation: strength(2) })).sort(), [
        7,
        'file1',
        'file10',
        'file9',
      ]);
    });

    it('orders texts as people do, and numbers in them as numbers', async () => {
      const collection = await fresh(...words);
      const sorted = (collation: object) =>
        ids(collection.find({ _id: { $lt: 5 } }, { collation: collation as never }).sort({ n: 1, _id: -1 }));
      assert.deepEqual(await sorted({ locale: 'en', strength: 2 }), [4, 1, 3, 2]);
      assert.deepEqual(await sorted({ locale: 'en', strength: 2, numericOrdering: true }), [4, 3, 2, 1]);
      assert.deepEqual(await sorted({ locale: 'simple' }), [3, 4, 1, 2]);
    });

    it('is that of the collection where a command does not say, also in updates and removals', async () => {
      const name = `w${++made}`;
      const collection = (await db.createCollection(name, { collation: strength(2) })) as unknown as Awaited<
        ReturnType<typeof fresh>
      >;
      await collection.insertMany(words.slice(0, 4));
      assert.deepEqual(await ids(collection.find({ w: 'COTE' })), [1]);
      assert.deepEqual(await ids(collection.find({ w: 'COTE' }, { collation: { locale: 'simple' } })), []);
      const { modifiedCount } = await collection.updateMany({ n: 'FILE9' }, { $set: { seen: true } });
      assert.equal(modifiedCount, 2);
      assert.equal((await collection.findOneAndUpdate({ n: 'FILE1' }, { $set: { x: 1 } }))!._id, 4);
      assert.equal((await collection.deleteMany({ n: 'FILE9' })).deletedCount, 2);
      const [listed] = await db.listCollections({ name }).toArray();
      assert.equal((listed as { options?: mongoose.mongo.Document }).options!['collation'].locale, 'en');
    });

    it('makes an index unique for texts that are equal under it', async () => {
      const collection = await fresh(...words.slice(0, 2));
      await collection.createIndex({ w: 1 }, { unique: true, collation: strength(2) });
      await assert.rejects(collection.insertOne({ _id: 9, w: 'COTE' }), { code: 11000 });
      await collection.insertOne({ _id: 9, w: 'CÔTÉ' });
      assert.deepEqual(await ids(collection.find({ w: 'cÔte' }, { collation: strength(2) })), [2]);
      assert.deepEqual(await ids(collection.find({ w: 'COTE' })), []);
      await assert.rejects(collection.find({}, { collation: { locale: 'tlh-nowhere' } }).toArray(), {
        code: 2,
      });
    });
  });

  describe('projections', () => {
    const doc = {
      _id: 1,
      a: { b: 1, c: { d: new Double(2), e: 3 } },
      list: [{ n: 1, s: 'x' }, 5, { n: 2, s: 'y' }, [{ n: 3, s: 'z' }]],
      x: 'text',
    };
    const cases: [projection: object, expected: object][] = [
      [{ 'a.b': 1 }, { _id: 1, a: { b: 1 } }],
      [{ a: { b: 1 }, _id: 0 }, { a: { b: 1 } }],
      [
        { 'a.c': 0, list: 0 },
        { _id: 1, a: { b: 1 }, x: 'text' },
      ],
      [{ 'list.n': 1 }, { _id: 1, list: [{ n: 1 }, { n: 2 }, [{ n: 3 }]] }],
      [
        { 'list.n': 0, a: 0, x: 0 },
        { _id: 1, list: [{ s: 'x' }, 5, { s: 'y' }, [{ s: 'z' }]] },
      ],
      [{ 'x.y': 1 }, { _id: 1 }],
      [{ 'a.nothing': 1 }, { _id: 1, a: {} }],
      [
        { list: { $slice: 1 }, a: 0 },
        { _id: 1, list: [{ n: 1, s: 'x' }], x: 'text' },
      ],
      [
        { list: { $slice: [-3, 1] }, x: 1 },
        { _id: 1, list: [5], x: 'text' },
      ],
      [{ list: { $elemMatch: { n: 2 } } }, { _id: 1, list: [{ n: 2, s: 'y' }] }],
      [
        { list: { $elemMatch: { $gte: 5 } }, x: 1 },
        { _id: 1, list: [5], x: 'text' },
      ],
      [{ 'list.$': 1 }, { _id: 1, list: [{ n: 2, s: 'y' }] }],
      [
        { x: 1, sum: { $add: ['$a.b', '$a.c.e'] } },
        { _id: 1, x: 'text', sum: 4 },
      ],
    ];
    it('pick out, leave out and work out', async () => {
      const collection = await fresh(doc);
      for (const [projection, expected] of cases) {
        const found = await collection.findOne({ 'list.n': 2 }, { projection });
        assert.deepEqual(found, expected, JSON.stringify(projection));
      }
      const typed = await collection.findOne({}, { projection: { 'a.c.d': 1 }, promoteValues: false });
      assert.deepEqual(typed!['a'], { c: { d: new Double(2) } });
    });

    it('are refused when they contradict themselves', async () => {
      const collection = await fresh(doc);
      const refused: [projection: object, code: number][] = [
        [{ a: 1, x: 0 }, 31254],
        [{ a: 0, x: 1 }, 31253],
        [{ a: 1, 'a.b': 1 }, 31249],
      ];
      for (const [projection, code] of refused)
        await assert.rejects(collection.findOne({}, { projection }), { code }, JSON.stringify(projection));
    });
  });

  describe('pipelines', () => {
    const person = [new ObjectId(), new ObjectId()];
    const posts = [
      {
        _id: 1,
        by: person[0],
        n: Long.fromString('9007199254740993'),
        p: Decimal128.fromString('1.10'),
        tags: ['a', 'b'],
      },
      { _id: 2, by: person[1], n: 2, p: Decimal128.fromString('2.20'), tags: ['b'] },
      { _id: 3, by: person[0], n: 3, p: 3, tags: [] },
    ];
    const later = { $addFields: { x: 1 } }; // what stands behind it is not served as a find is
    const cases: [stages: object[], expected: object[]][] = [
      [
        [{ $group: { _id: null, n: { $sum: '$n' } } }],
        [{ _id: null, n: Long.fromString('9007199254740998') }],
      ],
      [[{ $group: { _id: null, p: { $sum: '$p' } } }], [{ _id: null, p: Decimal128.fromString('6.30') }]],
      [[{ $group: { _id: null, p: { $max: '$p' } } }], [{ _id: null, p: 3 }]],
      [
        [later, { $match: { p: { $gt: 2 } } }, { $project: { _id: 1 } }],
        [{ _id: 2 }, { _id: 3 }],
      ],
      [
        [later, { $match: { n: Long.fromString('9007199254740993') } }, { $project: { _id: 1 } }],
        [{ _id: 1 }],
      ],
      [
        [later, { $sort: { p: -1 } }, { $project: { _id: 1 } }],
        [{ _id: 3 }, { _id: 2 }, { _id: 1 }],
      ],
      [
        [later, { $sort: { tags: 1 } }, { $project: { _id: 1 } }],
        [{ _id: 3 }, { _id: 1 }, { _id: 2 }],
      ],
      [[{ $match: { $expr: { $eq: ['$tags', 'b'] } } }], []],
      [[{ $match: { $expr: { $eq: ['$by', person[1]] } } }, { $project: { n: 1 } }], [{ _id: 2, n: 2 }]],
      [[{ $match: { _id: 3 } }, { $project: { t: { $arrayElemAt: ['$tags', 0] } } }], [{ _id: 3 }]],
      [
        [{ $limit: 1 }, { $project: { same: { $eq: [{ $toString: '$by' }, String(person[0])] } } }],
        [{ _id: 1, same: true }],
      ],
      [
        [
          { $setWindowFields: { sortBy: { _id: -1 }, output: { r: { $documentNumber: {} } } } },
          { $project: { r: 1 } },
        ],
        [
          { _id: 3, r: 1 },
          { _id: 2, r: 2 },
          { _id: 1, r: 3 },
        ],
      ],
    ];
    it('work out, compare and order every kind of value', async () => {
      const collection = await fresh(...posts);
      for (const [stages, expected] of cases) {
        const found = await collection.aggregate(stages).toArray();
        assert.deepEqual(found, expected, JSON.stringify(stages));
        for (const doc of found) assert.equal(Object.keys(doc)[0], '_id');
      }
    });

    it('join other collections, and run no scripts', async () => {
      const people = await fresh({ _id: person[0], name: 'Ada' });
      const collection = await fresh(...posts);
      const from = people.collectionName;
      const counted = { $project: { u: { $size: '$u' } } };
      const joins = [
        { $lookup: { from, localField: 'by', foreignField: '_id', as: 'u' } },
        {
          $lookup: {
            from,
            let: { b: '$by' },
            pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$b'] } } }],
            as: 'u',
          },
        },
      ];
      for (const join of joins)
        assert.deepEqual(await collection.aggregate([join, counted]).toArray(), [
          { _id: 1, u: 1 },
          { _id: 2, u: 0 },
          { _id: 3, u: 1 },
        ]);
      const script = { $function: { body: 'function() { return 1 }', args: [], lang: 'js' } };
      for (const stage of [
        { $addFields: { x: script } },
        { $setWindowFields: { sortBy: { _id: 1 }, output: { x: { $sum: script } } } },
        { $match: { $expr: script } },
        { $match: { $where: 'true' } },
      ])
        await assert.rejects(collection.aggregate([later, stage]).toArray(), /script|Unrecognized|\$where/);
      await assert.rejects(collection.aggregate([{ $project: { a: { $nope: 1 } } }]).toArray(), {
        code: 168,
      });
    });
  });

  describe('pipelines that write', () => {
    it('put their results in the place of a collection, which keeps its indexes', async () => {
      const source = await fresh(
        { _id: 1, g: 'a', n: 1 },
        { _id: 2, g: 'b', n: 2 },
        { _id: 3, g: 'a', n: 3 },
      );
      const target = await fresh({ _id: 'old' });
      await target.createIndex({ sum: 1 }, { unique: true });
      const out = (...stages: object[]) =>
        source.aggregate([...stages, { $out: target.collectionName }]).toArray();
      assert.deepEqual(await out({ $group: { _id: '$g', sum: { $sum: '$n' } } }), []);
      const expected = [
        { _id: 'a', sum: 4 },
        { _id: 'b', sum: 2 },
      ];
      assert.deepEqual(await target.find().sort({ _id: 1 }).toArray(), expected);
      await assert.rejects(out({ $project: { sum: { $literal: 1 } } }), { code: 11000 });
      assert.deepEqual(await target.find().sort({ _id: 1 }).toArray(), expected, 'all or nothing');
      assert.equal((await target.indexes()).length, 2);
    });

    it('merge their results into a collection', async () => {
      const source = await fresh({ _id: 1, a: 1 }, { _id: 2, a: 2 });
      const target = await fresh({ _id: 2, a: 0, b: 'kept' });
      const into = target.collectionName;
      const merge = async (how: object) => {
        await source.aggregate([{ $merge: { into, ...how } }]).toArray();
        return target.find().sort({ _id: 1 }).toArray();
      };
      assert.deepEqual(await merge({ whenNotMatched: 'discard' }), [{ _id: 2, a: 2, b: 'kept' }]);
      assert.deepEqual(await merge({}), [
        { _id: 1, a: 1 },
        { _id: 2, a: 2, b: 'kept' },
      ]);
      const adding = [{ $set: { a: { $add: ['$a', '$$new.a'] } } }];
      assert.deepEqual(await merge({ whenMatched: adding }), [
        { _id: 1, a: 2 },
        { _id: 2, a: 4, b: 'kept' },
      ]);
      assert.deepEqual(await merge({ whenMatched: 'replace' }), [
        { _id: 1, a: 1 },
        { _id: 2, a: 2 },
      ]);
      await assert.rejects(merge({ whenMatched: 'fail' }), { code: 11000 });
      await assert.rejects(merge({ on: 'a' }), { code: 51183 });
    });
  });

  describe('collections', () => {
    it('refuse what their validator does not match (121), unless asked not to look', async () => {
      const name = `w${++made}`;
      const validator = {
        $jsonSchema: {
          bsonType: 'object',
          required: ['n'],
          properties: { n: { bsonType: ['int', 'long'], minimum: 0 }, tags: { items: { type: 'string' } } },
        },
      };
      const collection = (await db.createCollection(name, { validator })) as unknown as Awaited<
        ReturnType<typeof fresh>
      >;
      await collection.insertOne({ _id: 1, n: 1, tags: ['x'] });
      for (const wrong of [{}, { n: -1 }, { n: 'x' }, { n: 1, tags: [1] }])
        await assert.rejects(
          collection.insertOne({ _id: 2, ...wrong }),
          { code: 121 },
          JSON.stringify(wrong),
        );
      await assert.rejects(collection.updateOne({ _id: 1 }, { $unset: { n: 1 } }), { code: 121 });
      await assert.rejects(collection.findOneAndUpdate({ _id: 1 }, { $set: { n: -1 } }), { code: 121 });
      await collection.insertOne({ _id: 2 }, { bypassDocumentValidation: true });
      await db.command({ collMod: name, validator: {} });
      await collection.insertOne({ _id: 3, n: 'anything' });
    });

    it('may be views of others', async () => {
      const source = await fresh({ _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3 });
      const name = `w${++made}`;
      const pipeline = [{ $match: { a: { $gt: 1 } } }, { $addFields: { twice: { $multiply: ['$a', 2] } } }];
      const view = (await db.createCollection(name, {
        viewOn: source.collectionName,
        pipeline,
      })) as unknown as typeof source;
      assert.deepEqual(await view.find({ twice: { $gt: 4 } }, { projection: { twice: 1 } }).toArray(), [
        { _id: 3, twice: 6 },
      ]);
      assert.equal(await view.countDocuments(), 2);
      assert.equal(await view.estimatedDocumentCount(), 2);
      assert.deepEqual(await view.distinct('twice'), [4, 6]);
      assert.deepEqual(await view.aggregate([{ $count: 'n' }]).toArray(), [{ n: 2 }]);
      await assert.rejects(view.insertOne({ _id: 9 }), { code: 166 });
      await assert.rejects(view.updateOne({}, { $set: { x: 1 } }), { code: 166 });
    });

    it('may be capped: the oldest documents go', async () => {
      const name = `w${++made}`;
      const collection = (await db.createCollection(name, {
        capped: true,
        size: 10_000,
        max: 3,
      })) as unknown as Awaited<ReturnType<typeof fresh>>;
      for (let i = 0; i < 5; i++) await collection.insertOne({ _id: i });
      assert.deepEqual(await ids(collection.find()), [2, 3, 4]);
      await collection.insertOne({ _id: 9, big: 'x'.repeat(9_970) });
      assert.deepEqual(await ids(collection.find()), [9]);
      assert.equal(await collection.isCapped(), true);
    });

    it('take other names, and then their documents with them', async () => {
      const collection = await fresh({ _id: 1, a: 1 });
      await collection.createIndex({ a: 1 });
      const other = await fresh({ _id: 2 });
      await assert.rejects(collection.rename(other.collectionName), { code: 48 });
      const renamed = await collection.rename(other.collectionName, { dropTarget: true });
      assert.deepEqual(await ids(renamed.find({ a: 1 })), [1]);
      assert.equal((await renamed.indexes()).length, 2);
      assert.equal(await collection.countDocuments(), 0);
    });

    it('tell how large they are', async () => {
      const collection = await fresh({ _id: 1 }, { _id: 2 });
      const stats = await db.command({ collStats: collection.collectionName });
      assert.deepEqual([stats['count'], stats['nindexes'], stats['capped']], [2, 1, false]);
      assert.ok(stats['size'] > 0);
      assert.ok((await db.stats())['objects'] >= 2);
      const [storage] = await collection.aggregate([{ $collStats: { count: {} } }]).toArray();
      assert.equal(storage!['count'], 2);
    });
  });

  describe('sessions', () => {
    it('are taken, and are no transactions (20)', async () => {
      const collection = await fresh({ _id: 1 });
      const session = client.startSession();
      await collection.insertOne({ _id: 2 }, { session });
      assert.equal(await collection.countDocuments({}, { session }), 2);
      const inTransaction = session.withTransaction(() => collection.findOne({ _id: 1 }, { session }));
      await assert.rejects(inTransaction, {
        code: 20,
        message: 'Transaction numbers are only allowed on a replica set member or mongos',
      });
      const writing = session.withTransaction(() => collection.insertOne({ _id: 3 }, { session }));
      await assert.rejects(writing, /does not support retryable writes/); // how the driver words it
      await session.endSession();
      assert.equal(await collection.countDocuments(), 2);
    });
  });

  describe('updates', () => {
    it('by a pipeline keep numbers what they are', async () => {
      const collection = await fresh({
        _id: 1,
        d: new Double(1),
        l: Long.fromNumber(5),
        i: 1,
        at: { d: new Double(2) },
      });
      await collection.updateOne({ _id: 1 }, [
        {
          $set: {
            d: { $add: ['$d', 1] },
            l: { $add: ['$l', 1] },
            i: { $add: ['$i', 1] },
            'at.d': { $multiply: ['$at.d', 2] },
            far: { $multiply: ['$i', 5_000_000_000] },
            part: { $divide: ['$i', 2] },
          },
        },
      ]);
      const found = await collection.findOne({}, { promoteValues: false });
      assert.deepEqual(found, {
        _id: new Int32(1),
        d: new Double(2),
        l: Long.fromNumber(6),
        i: new Int32(2),
        at: { d: new Double(4) },
        far: Long.fromNumber(5_000_000_000),
        part: new Double(0.5),
      });
    });

    it('make fields with a dollar below others, and at the top of a new document alone', async () => {
      const collection = await fresh({ _id: 1, a: {} });
      await collection.updateOne({ _id: 1 }, { $set: { 'a.$x': 1 } });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { $x: 1 } }), { code: 52 });
      assert.deepEqual(await collection.findOne(), { _id: 1, a: { $x: 1 } });
    });

    it('pull what matches one of several filters', async () => {
      const collection = await fresh({ _id: 1, a: [{ n: 1 }, { n: 2 }, { m: 3 }, 4] });
      await collection.updateOne({ _id: 1 }, { $pull: { a: { $or: [{ n: 2 }, { m: 3 }] } } } as object);
      assert.deepEqual(await collection.findOne(), { _id: 1, a: [{ n: 1 }, 4] });
    });
  });

  it('$elemMatch by value takes an array inside an array as one value', async () => {
    const collection = await fresh({ _id: 1, a: [[5]] }, { _id: 2, a: [5] }, { _id: 3, a: [[1], 7] });
    assert.deepEqual(await ids(collection.find({ a: { $elemMatch: { $gte: 5 } } })), [2, 3]);
  });

  it('patterns that begin with a text find the same with an index as without', async () => {
    const texts = ['abc', 'abcd', 'ab', 'abd', 'ABC', 'xabc', 'a.c', '', 'abc\u{10FFFF}', 'ab\u00ff'];
    const collection = await fresh(
      ...texts.map((t, _id) => ({ _id, t })),
      { _id: 90, t: /^abc/ },
      { _id: 91, t: 5 },
    );
    const patterns = [
      /^abc/,
      /^ab/,
      /^abc?/,
      /^a\.c/,
      /^(abc|x)/,
      /^ab|x/,
      /^abc$/,
      /^ABC/i,
      /abc/,
      /^ab[cd]/,
      /^/,
    ];
    const answers = () =>
      Promise.all(patterns.map((t) => ids(collection.find({ t } as object).sort({ _id: 1 }))));
    const without = await answers();
    for (const direction of [1, -1] as const) {
      const name = await collection.createIndex({ t: direction, u: 1 });
      assert.deepEqual(await answers(), without);
      await collection.dropIndex(name);
    }
  });

  it('maxTimeMS ends what takes too long (50)', async () => {
    const collection = await fresh(
      ...Array.from({ length: 3000 }, (_, i) => ({ _id: i, t: `${'a'.repeat(200)}${i}` })),
    );
    const slow = { $or: Array.from({ length: 60 }, (_, i) => ({ t: new RegExp(`(a+)b${i}$`) })) };
    await assert.rejects(collection.find(slow).maxTimeMS(1).toArray(), { code: 50 });
    assert.equal((await collection.find().maxTimeMS(60_000).toArray()).length, 3000);
  });

  it('what it does not have is refused by name', async () => {
    const collection = await fresh({ _id: 1 });
    await assert.rejects(collection.watch().next(), { code: 40573 });
    await assert.rejects(collection.createIndex({ a: 'nonsense' as 'text' }), { code: 67 });
    await assert.rejects(collection.aggregate([{ $nonsense: 1 }]).toArray(), { code: 40324 });
    await assert.rejects(collection.insertOne({ _id: 2 }, { writeConcern: { w: 2 } }), { code: 2 });
    await assert.rejects(collection.aggregate([{ $out: 'x' }, { $match: {} }]).toArray(), { code: 40601 });
  });
}
