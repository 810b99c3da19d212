import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { Batches } from '../../src/store/embedded/process/batches.ts';
import type { Answer } from '../../src/store/embedded/commands/command.ts';
import { removeExpired } from '../../src/store/embedded/process/expire.ts';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { openStore } from '../../src/store/embedded/data/store.ts';
import { write } from '../../src/store/embedded/values/raw.ts';
import { contract } from './contract/contract.ts';
import { contractOfUses } from './contract/uses.ts';
import { widerContract } from './contract/wider.ts';
import { makeRandom } from './random.ts';

const { MongoClient } = mongoose.mongo;
type Doc = mongoose.mongo.Document & { _id: number | string };

const dirs: string[] = [];
function makeDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-store-'));
  dirs.push(dir);
  return dir;
}
after(() => dirs.forEach((dir) => rmSync(dir, { recursive: true, force: true })));

describe('the embedded store', () => {
  let store: EmbeddedStore;
  before(async () => void (store = await startEmbeddedStore({ dir: makeDir() })));
  after(() => store.close());
  describe('does what the application relies on:', () => contract(() => store.url));
  describe('does it as the application asks for it:', () => contractOfUses(() => store.url));
  describe('does more of what MongoDB does:', () => widerContract(() => store.url));
});

describe('another MongoDB-protocol server (TEST_MONGODB_URL)', function () {
  const url = process.env['TEST_MONGODB_URL'];
  if (url) {
    describe('does what the application relies on:', () => contract(() => url));
    describe('does it as the application asks for it:', () => contractOfUses(() => url));
    describe('does what others may ask (of which FerretDB has nothing):', () => widerContract(() => url));
  } else
    it('is not asked: TEST_MONGODB_URL is not set', function () {
      this.skip();
    });
});

describe('what only the embedded store answers for', () => {
  let dir: string;
  let store: EmbeddedStore;
  let client: mongoose.mongo.MongoClient;
  let db: mongoose.mongo.Db;
  before(async () => {
    dir = makeDir();
    store = await startEmbeddedStore({ dir });
    client = await new MongoClient(store.url).connect();
    db = client.db('test');
  });
  after(async () => {
    await client.close();
    await store.close();
  });

  describe('the door', () => {
    it('is closed to a wrong password', async () => {
      const url = new URL(store.url);
      url.password = 'guessed';
      await assert.rejects(new MongoClient(url.href).connect(), { code: 18 });
    });

    it('is closed to a wrong name', async () => {
      const url = new URL(store.url);
      url.username = 'root';
      await assert.rejects(new MongoClient(url.href).connect(), { code: 18 });
    });

    it('answers greetings and nothing else before signing in', async () => {
      const url = new URL(store.url);
      const stranger = await new MongoClient(`mongodb://${url.host}/?directConnection=true`).connect();
      const attempts = [
        { find: 'a' },
        { insert: 'a', documents: [{}] },
        { listDatabases: 1 },
        { dropDatabase: 1 },
        { nonsense: 1 },
      ];
      for (const command of attempts)
        await assert.rejects(stranger.db('admin').command(command), { code: 13 });
      assert.equal((await stranger.db('admin').command({ ping: 1 }))['ok'], 1);
      await stranger.close();
    });

    it('keeps its address and password from other users', () => {
      assert.equal(statSync(join(dir, 'endpoint.json')).mode & 0o777, 0o600);
      assert.equal(statSync(join(dir, 'coursedock.db')).mode & 0o777, 0o600);
    });

    it('hangs up on bytes that are no message, and lives', async () => {
      const { port } = new URL(store.url);
      const random = makeRandom(3);
      const noise = Buffer.from(Array.from({ length: 400 }, () => random.below(256)));
      const message = (...parts: Buffer[]) => {
        const body = Buffer.concat(parts);
        const head = Buffer.alloc(16);
        head.writeInt32LE(16 + body.length);
        head.writeInt32LE(2013, 12);
        return Buffer.concat([head, body]);
      };
      const flags = Buffer.alloc(4);
      const hello = write({ hello: 1, $db: 'admin' });
      const wrong = [
        noise,
        Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
        Buffer.from([255, 255, 255, 127, ...Array.from({ length: 12 }, () => 0)]),
        message(flags),
        message(flags, Buffer.of(7), hello),
        message(flags, Buffer.of(0), hello.subarray(0, 12)),
        message(flags, Buffer.of(0), Buffer.concat([hello.subarray(0, 4), Buffer.of(99), hello.subarray(5)])),
        message(flags, Buffer.of(1), Buffer.of(200, 0, 0, 0, 65)),
        message(Buffer.of(0, 16, 0, 0), Buffer.of(0), hello),
      ];
      for (const bytes of wrong) {
        const socket = connectSocket(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        socket.write(bytes);
        socket.resume();
        await once(socket, 'close');
      }
      assert.equal((await db.command({ ping: 1 }))['ok'], 1);
    });

    it('survives every cut and every changed byte of a message', async () => {
      const { port } = new URL(store.url);
      const random = makeRandom(5);
      const body = write({
        saslStart: 1,
        mechanism: 'SCRAM-SHA-256',
        payload: 'n,,n=x,r=y',
        list: [{ a: [1] }, /x/, new Date()],
        $db: 'admin',
      });
      const whole = Buffer.concat([Buffer.alloc(20), Buffer.of(0), body]);
      whole.writeInt32LE(whole.length);
      whole.writeInt32LE(2013, 12);
      for (let i = 0; i < 200; i++) {
        const bytes = Buffer.from(whole);
        bytes[16 + random.below(bytes.length - 16)] = random.below(256);
        const socket = connectSocket(Number(port), '127.0.0.1');
        socket.on('error', () => {});
        socket.end(random.below(2) ? bytes : bytes.subarray(0, random.below(bytes.length)));
        socket.resume();
        await once(socket, 'close');
      }
      assert.equal((await db.command({ ping: 1 }))['ok'], 1);
    });
  });

  describe('limits', () => {
    it('refuses a document of more than 16 MB, sent or grown', async () => {
      const collection = db.collection<Doc>('large');
      const half = 'x'.repeat(9 * 1024 * 1024);
      await collection.insertOne({ _id: 1, a: half });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { b: half } }), { code: 10334 });
      await assert.rejects(db.command({ insert: 'large', documents: [{ _id: 2, a: half, b: half }] }));
      assert.deepEqual(await collection.distinct('_id'), [1]);
      assert.equal((await collection.findOne({ _id: 1 }))!['b'], undefined);
    });

    it('answers many large documents in several batches', async () => {
      const collection = db.collection<Doc>('many_large');
      for (let i = 0; i < 5; i++) await collection.insertOne({ _id: i, a: 'y'.repeat(5 * 1024 * 1024) });
      assert.equal((await collection.find().toArray()).length, 5);
    });

    it('refuses scripts', async () => {
      await assert.rejects(db.collection('a').find({ $where: 'true' }).toArray(), { code: 2 });
    });
  });

  describe('indexes', () => {
    const stage = async (collection: string, filter: object, sort?: object) => {
      const command = { find: collection, filter, ...(sort ? { sort } : {}) };
      const { queryPlanner, executionStats } = await db.command({
        explain: command,
        verbosity: 'executionStats',
      });
      const inner = queryPlanner.winningPlan.inputStage ?? queryPlanner.winningPlan;
      const found = inner.inputStage ?? inner;
      return `${queryPlanner.winningPlan.stage} ${found.indexName ?? found.stage} ${executionStats.totalDocsExamined}/${executionStats.nReturned}`;
    };

    it('serve equality, lists, ranges and order', async () => {
      const collection = db.collection<Doc>('plans');
      await collection.insertMany(
        Array.from({ length: 200 }, (_, i) => ({
          _id: i,
          w: i % 2 ? 'odd' : 'even',
          at: new Date(i * 1000),
          key: `k${i}`,
          tags: [i % 5, i % 7],
          ...(i % 10 ? {} : { rare: i }),
        })),
      );
      await collection.createIndex({ w: 1, at: -1, _id: -1 });
      await collection.createIndex({ key: 1 }, { unique: true });
      await collection.createIndex({ tags: 1 });
      await collection.createIndex({ rare: 1 }, { sparse: true });
      const plans: [filter: object, sort: object | undefined, expected: string][] = [
        [{ _id: 5 }, undefined, 'FETCH _id_ 1/1'],
        [{ _id: { $in: [5, 9, 'x'] } }, undefined, 'FETCH _id_ 2/2'],
        [{ _id: { $gte: 190 } }, undefined, 'FETCH _id_ 10/10'],
        [{ key: 'k7' }, undefined, 'FETCH key_1 1/1'],
        [{ key: { $gt: 'k98' } }, undefined, 'FETCH key_1 1/1'],
        [
          { w: 'odd', at: { $gte: new Date(190_000), $lt: new Date(196_000) } },
          undefined,
          'FETCH w_1_at_-1__id_-1 3/3',
        ],
        [{ w: 'odd' }, { at: -1, _id: -1 }, 'FETCH w_1_at_-1__id_-1 100/100'],
        [{ w: 'odd' }, { at: 1, _id: 1 }, 'FETCH w_1_at_-1__id_-1 100/100'],
        [{ w: 'odd' }, { at: 1, _id: -1 }, 'SORT w_1_at_-1__id_-1 100/100'],
        [{ w: { $in: ['odd', 'even'] }, at: new Date(7000) }, undefined, 'FETCH w_1_at_-1__id_-1 1/1'],
        [{ tags: 4 }, undefined, 'FETCH tags_1 62/62'],
        [{ rare: { $lt: 50 } }, undefined, 'FETCH rare_1 5/5'],
        [{ rare: null, key: { $exists: true } }, undefined, 'COLLSCAN COLLSCAN 200/180'],
        [{ $or: [{ key: 'k1' }, { _id: 2 }] }, undefined, 'FETCH OR 2/2'],
        [{ $or: [{ key: 'k1' }, { other: 2 }] }, undefined, 'COLLSCAN COLLSCAN 200/1'],
        [{ other: 1 }, undefined, 'COLLSCAN COLLSCAN 200/0'],
      ];
      for (const [filter, sort, expected] of plans) {
        assert.equal(await stage('plans', filter, sort), expected, JSON.stringify([filter, sort]));
      }
    });

    it('of part of the documents hold for that part alone', async () => {
      const collection = db.collection<Doc>('partial');
      await collection.createIndex({ email: 1 }, { unique: true, partialFilterExpression: { active: true } });
      await collection.insertMany([
        { _id: 1, email: 'a', active: false },
        { _id: 2, email: 'a', active: true },
      ]);
      await assert.rejects(collection.insertOne({ _id: 3, email: 'a', active: true }), { code: 11000 });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { active: true } }), { code: 11000 });
      await collection.updateOne({ _id: 2 }, { $set: { active: false } });
      await collection.updateOne({ _id: 1 }, { $set: { active: true } });
      assert.equal(await stage('partial', { email: 'a', active: true }), 'FETCH email_1 1/1');
      assert.equal(await stage('partial', { email: 'a' }), 'COLLSCAN COLLSCAN 2/2');
    });

    it('that are sparse and unique let many documents be without the field', async () => {
      const collection = db.collection<Doc>('sparse');
      await collection.createIndex({ code: 1 }, { unique: true, sparse: true });
      await collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3, code: 'x' }]);
      await assert.rejects(collection.insertOne({ _id: 4, code: 'x' }), { code: 11000 });
    });

    it('say which value stands in the way', async () => {
      const collection = db.collection<Doc>('duplicates');
      await collection.createIndex({ 'a.b': 1, c: -1 }, { unique: true });
      await collection.insertOne({ _id: 1, a: [{ b: 'x' }, { b: 'y' }], c: 5 });
      await assert.rejects(collection.insertOne({ _id: 2, a: { b: 'y' }, c: 5 }), {
        code: 11000,
        message:
          'E11000 duplicate key error collection: test.duplicates index: a.b_1_c_-1 dup key: { a.b: "y", c: 5 }',
        keyPattern: { 'a.b': 1, c: -1 },
        keyValue: { 'a.b': 'y', c: 5 },
      });
    });

    it('refuse another of the same name (86) or the same key by another name (85)', async () => {
      const collection = db.collection<Doc>('conflicts');
      await collection.createIndex({ a: 1 });
      await assert.rejects(collection.createIndex({ a: 1 }, { unique: true }), { code: 86 });
      await assert.rejects(collection.createIndex({ a: 1 }, { name: 'other' }), { code: 85 });
      await assert.rejects(collection.createIndex({ a: 'text' }), { code: 67 });
    });
  });

  describe('array updates', () => {
    it('find the matched element, all elements, or those that a filter names', async () => {
      const collection = db.collection<Doc>('arrays');
      await collection.insertOne({
        _id: 1,
        g: [
          { n: 1, s: 5 },
          { n: 2, s: 6 },
          { n: 3, s: 7 },
        ],
        list: [1, 2, 3],
      });
      await collection.updateOne({ _id: 1, 'g.n': 2 }, { $set: { 'g.$.s': 60 } });
      await collection.updateOne({ _id: 1, list: { $gt: 2 } }, { $inc: { 'list.$': 10 } });
      await collection.updateOne({ _id: 1 }, { $inc: { 'g.$[].n': 100 } });
      await collection.updateOne(
        { _id: 1 },
        { $set: { 'g.$[low].s': 0 } },
        { arrayFilters: [{ 'low.s': { $lt: 10 } }] },
      );
      assert.deepEqual(await collection.findOne({}), {
        _id: 1,
        g: [
          { n: 101, s: 0 },
          { n: 102, s: 60 },
          { n: 103, s: 0 },
        ],
        list: [1, 2, 13],
      });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { 'g.$.s': 1 } }), { code: 2 });
      await assert.rejects(collection.updateOne({ _id: 1 }, { $set: { 'g.$[x].s': 1 } }), { code: 2 });
    });
  });

  it('says that the disk is full, keeps what it has, and goes on when there is room again', () => {
    const inner = openStore(makeDir());
    const batches = new Batches(inner);
    const collection = inner.catalog.create('test', 'c', {});
    const answers: Answer[] = [];
    const add = (run: () => Answer) =>
      batches.add({ run, writes: true, answer: (answer) => answers.push(answer) });
    const insert = (_id: number, size: number) => () => {
      inner.documents.insert(collection, write({ _id, text: 'x'.repeat(size) }));
      return { n: 1, ok: 1 };
    };
    add(insert(1, 10));
    batches.drain();
    const pages = Number(inner.sqlite.pragma('page_count', { simple: true }));
    inner.sqlite.pragma(`max_page_count = ${pages + 2}`);
    [insert(2, 10), insert(3, 1_000_000), insert(4, 10)].forEach(add);
    batches.drain();
    inner.sqlite.pragma('max_page_count = 1000000');
    add(insert(3, 1_000_000));
    batches.drain();
    assert.deepEqual(
      answers.map((answer) => (answer as { code?: number }).code ?? 'done'),
      ['done', 'done', 14031, 'done', 'done'],
    );
    assert.equal(inner.documents.count(collection), 4);
    assert.deepEqual(inner.sqlite.pragma('integrity_check', { simple: true }), 'ok');
    inner.sqlite.close();
  });

  it('removes documents whose time is over', () => {
    const inner = openStore(makeDir());
    const collection = inner.catalog.create('test', 'tokens', {});
    inner.catalog.createIndex(collection, { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 });
    const now = new Date('2026-01-01T00:10:00Z');
    const times = ['2026-01-01T00:08:59Z', '2026-01-01T00:09:01Z', '2027-01-01T00:00:00Z'];
    times.forEach((at, _id) => inner.documents.insert(collection, write({ _id, at: new Date(at) })));
    inner.documents.insert(collection, write({ _id: 9, at: 'not a date' }));
    assert.equal(removeExpired({ ...inner, now: () => now }), 1);
    assert.equal(inner.documents.count(collection), 3);
    inner.sqlite.close();
  });
});

describe('the files of the embedded store', () => {
  const children: ChildProcess[] = [];
  after(() => children.forEach((child) => child.kill('SIGKILL')));

  /** A process of its own that starts the store and does what its messages say. */
  async function startChild(dir: string, ...more: string[]): Promise<{ child: ChildProcess; url: string }> {
    const child = fork(new URL('./store-process.ts', import.meta.url), [dir, ...more], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(child);
    const [message] = (await once(child, 'message')) as [{ url: string }];
    return { child, url: message.url };
  }

  async function kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  it('keep what is in them from one start to the next', async () => {
    const dir = makeDir();
    for (const round of [1, 2, 3]) {
      const store = await startEmbeddedStore({ dir });
      const client = await new MongoClient(store.url).connect();
      const collection = client.db('x').collection<Doc>('c');
      assert.equal(await collection.countDocuments(), round - 1);
      await collection.createIndex({ n: 1 }, { unique: true });
      await collection.insertOne({ _id: round, n: round });
      await assert.rejects(collection.insertOne({ _id: 'other', n: round }), { code: 11000 });
      await client.close();
      await store.close();
    }
  });

  it('are shared: a second process attaches to the one that has them', async () => {
    const dir = makeDir();
    const owner = await startEmbeddedStore({ dir });
    const { child, url } = await startChild(dir);
    const again = await startEmbeddedStore({ dir });
    assert.deepEqual([owner.isOwner, again.isOwner], [true, false]);
    const command = await startEmbeddedStore({ dir, brief: true });
    assert.equal(command.url, owner.url);
    for (const [i, address] of [owner.url, url, again.url, command.url].entries()) {
      const client = await new MongoClient(address).connect();
      await client.db('x').collection<Doc>('c').insertOne({ _id: i });
      assert.equal(await client.db('x').collection('c').countDocuments(), i + 1);
      await client.close();
    }
    await again.close();
    await kill(child);
    await owner.close();
  });

  it('are waited for while a command has them: nobody attaches to what is about to stop', async () => {
    const dir = makeDir();
    const command = await startEmbeddedStore({ dir, brief: true });
    const waiting = startEmbeddedStore({ dir });
    await command.close();
    const store = await waiting;
    assert.equal(store.isOwner, true);
    assert.notEqual(store.url, command.url);
    const another = await startEmbeddedStore({ dir, brief: true });
    assert.deepEqual([another.isOwner, another.url], [false, store.url]);
    await store.close();
  });

  it('are taken over from an owner that left its address behind', async () => {
    const dir = makeDir();
    const { child, url } = await startChild(dir);
    await kill(child);
    assert.match(readFileSync(join(dir, 'endpoint.json'), 'utf8'), /port/);
    const store = await startEmbeddedStore({ dir });
    assert.notEqual(store.url, url);
    await store.close();
  });

  it('are refused when they are damaged or of another kind, and left as they are', async () => {
    const dir = makeDir();
    const path = join(dir, 'coursedock.db');
    writeFileSync(path, 'this is not a database, but it is long enough to look at'.repeat(100));
    const before = readFileSync(path);
    await assert.rejects(startEmbeddedStore({ dir }), /damaged/);
    assert.deepEqual(readFileSync(path), before);
  });

  it('are refused when a newer version wrote them', async () => {
    const dir = makeDir();
    const inner = openStore(dir);
    inner.sqlite.pragma('user_version = 99');
    inner.sqlite.close();
    await assert.rejects(startEmbeddedStore({ dir }), /newer version/);
  });
});
