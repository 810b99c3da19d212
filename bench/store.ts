/**
 * `npm run bench store [SIZES…]` (1000 100000 1000000): the embedded store, through the official driver, beside raw
 * better-sqlite3 doing the same work on a table of its own: documents of 1 KB, the same two indexes, every commit
 * flushed, one transaction per operation. The two take turns, round by round, so that a noisy machine is noisy for both.
 * The raw peer is a function call in its own process and always has one operation in flight: it knows no other way.
 * The store's memory is measured in a process that holds nothing but the store, while this one does the asking.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../src/store/embedded/start.ts';

type Doc = { _id: string; n: number; key: string; state: 'due'; dueAt: number; text: string };
type Operation = 'insert' | 'update' | 'find' | 'claim';
/** Runs one operation, chosen by a number that is never the same twice. */
type Peer = Record<Operation, (i: number) => unknown> & { fill: (docs: Doc[]) => unknown };

const operations = ['insert', 'update', 'find', 'claim'] as const;
const rounds = 5;
const roundMs = 600;
const text = 'x'.repeat(880);

const docOf = (i: number): Doc => ({
  _id: `doc_${i}`,
  n: 0,
  key: `key-${(i * 7919) % 1_000_003}`,
  state: 'due',
  dueAt: i,
  text,
});

const sizes = process.argv.slice(2).map(Number).filter(Boolean);
const results: Row[] = [];
const all = sizes.length ? sizes : [1000, 100_000, 1_000_000];
for (const size of all) results.push(...(await benchSize(size)));
print(results);
await benchMemory(Math.max(...all));

type Row = { size: number; operation: Operation; flight: number; store: number; raw: number };

async function benchSize(size: number): Promise<Row[]> {
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-bench-'));
  const embedded = await startEmbeddedStore({ dir: join(dir, 'store') });
  const client = await new mongoose.mongo.MongoClient(embedded.url, { maxPoolSize: 64 }).connect();
  const raw = openRaw(join(dir, 'raw.db'));
  try {
    const store = await openStore(client);
    await fill(store, size);
    await fill(raw, size);
    raw.settle();
    const rows: Row[] = [];
    for (const operation of operations) {
      for (const flight of [1, 64]) {
        rows.push({ size, operation, flight, ...(await compare(store, raw, operation, flight, size)) });
      }
    }
    return rows;
  } finally {
    await client.close();
    await embedded.close();
    raw.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function openStore(client: mongoose.mongo.MongoClient): Promise<Peer> {
  const docs = client.db('bench').collection<Doc>('docs');
  await docs.createIndex({ key: 1 });
  await docs.createIndex({ state: 1, dueAt: 1 });
  return {
    fill: (some) => docs.insertMany(some),
    insert: (i) => docs.insertOne(docOf(i)),
    update: (i) => docs.updateOne({ _id: `doc_${i}` }, { $inc: { n: 1 } }),
    find: (i) => docs.findOne({ key: docOf(i).key }),
    // As a worker claims the delivery that is due first: it goes to the back of the queue.
    claim: (i) => docs.findOneAndUpdate({ state: 'due' }, { $set: { dueAt: i } }, { sort: { dueAt: 1 } }),
  };
}

function openRaw(path: string) {
  const db = new Sqlite(path);
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('cache_size = -32000');
  db.exec(`
    CREATE TABLE docs (id TEXT PRIMARY KEY, n INTEGER, key TEXT, state TEXT, dueAt INTEGER, text TEXT);
    CREATE INDEX byKey ON docs (key);
    CREATE INDEX byDue ON docs (state, dueAt);
  `);
  const insert = db.prepare('INSERT INTO docs VALUES (@_id, @n, @key, @state, @dueAt, @text)');
  const update = db.prepare('UPDATE docs SET n = n + 1 WHERE id = ?');
  const find = db.prepare('SELECT * FROM docs WHERE key = ? LIMIT 1');
  const claim = db.prepare(`
    UPDATE docs SET dueAt = ? WHERE id =
      (SELECT id FROM docs WHERE state = 'due' ORDER BY dueAt LIMIT 1) RETURNING *`);
  return {
    fill: db.transaction((some: Doc[]) => some.forEach((doc) => insert.run(doc))),
    insert: (i: number) => insert.run(docOf(i)),
    update: (i: number) => update.run(`doc_${i}`),
    find: (i: number) => find.get(docOf(i).key),
    claim: (i: number) => claim.get(i),
    settle: () => db.pragma('wal_checkpoint(TRUNCATE)'),
    close: () => db.close(),
  };
}

async function fill(peer: Peer, size: number): Promise<void> {
  for (let i = 0; i < size; i += 1000) {
    await peer.fill(Array.from({ length: Math.min(1000, size - i) }, (_, j) => docOf(i + j)));
  }
}

/** Operations a second of both, medians of the rounds. */
async function compare(store: Peer, raw: Peer, operation: Operation, flight: number, size: number) {
  const rates = { store: [] as number[], raw: [] as number[] };
  const next = { store: start(operation, size, flight), raw: start(operation, size, flight) };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, peer] of [
      ['store', store],
      ['raw', raw],
    ] as const) {
      const rate = await measure(peer[operation], next[name], name === 'raw' ? 1 : flight);
      if (round) rates[name].push(rate); // the first round warms both up
    }
  }
  return { store: median(rates.store), raw: median(rates.raw) };
}

/** Which document comes next: new ones for inserts, all over the collection for the others. */
function start(operation: Operation, size: number, flight: number): () => number {
  let i = 0;
  if (operation === 'insert' || operation === 'claim') return () => size + flight * 10_000_000 + i++;
  return () => (i++ * 7919) % size;
}

async function measure(run: (i: number) => unknown, next: () => number, flight: number): Promise<number> {
  const from = performance.now();
  const until = from + roundMs;
  let done = 0;
  const one = async () => {
    while (performance.now() < until) {
      await run(next());
      done++;
    }
  };
  await Promise.all(Array.from({ length: flight }, one));
  return (done / (performance.now() - from)) * 1000;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** What the store's process holds while it is filled, and while 64 clients read and change documents all over it. */
async function benchMemory(size: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-bench-'));
  const child = fork(join(import.meta.dirname, 'support/own-store.ts'), [dir]);
  const ended = once(child, 'exit');
  try {
    const [url] = (await once(child, 'message')) as [string];
    const client = await new mongoose.mongo.MongoClient(url, { maxPoolSize: 64 }).connect();
    const store = await openStore(client);
    const empty = memoryOf(child.pid!);
    await fill(store, size);
    const filled = memoryOf(child.pid!);
    for (const operation of ['update', 'find', 'claim'] as const) {
      for (let i = 0; i < 10; i++) await measure(store[operation], start(operation, size, 64), 64);
    }
    const used = memoryOf(child.pid!);
    await client.close();
    console.log(
      `\nmemory of a process with the store alone, ${size} documents of 1 KB: ${empty.now} MB empty, ${filled.now} MB once filled ` +
        `(at most ${filled.most}), ${used.now} MB after 18 s of updates, finds and claims at 64 in flight (at most ${used.most})`,
    );
  } finally {
    child.disconnect();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Resident memory of a process, now and at its most, in MB. Linux only. */
function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024);
  return { now: of('VmRSS'), most: of('VmHWM') };
}

function print(rows: Row[]): void {
  const first = (row: Row) =>
    rows.find(({ operation, flight }) => operation === row.operation && flight === row.flight)!;
  console.log(
    'documents  operation  in flight   store/s     raw/s  store : raw  rate : rate at the smallest size',
  );
  for (const row of rows) {
    console.log(
      [
        String(row.size).padStart(9),
        row.operation.padEnd(9),
        String(row.flight).padStart(9),
        String(Math.round(row.store)).padStart(9),
        String(Math.round(row.raw)).padStart(9),
        (row.store / row.raw).toFixed(2).padStart(11),
        (row.store / first(row).store).toFixed(2).padStart(6),
      ].join('  '),
    );
  }
}
