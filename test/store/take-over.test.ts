import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';

const { MongoClient } = mongoose.mongo;
type Doc = { _id: number | string };

describe('a store whose owner goes', () => {
  const children: ChildProcess[] = [];
  const stores: EmbeddedStore[] = [];
  const clients: mongoose.mongo.MongoClient[] = [];
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'coursedock-take-over-'))));
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    children.splice(0).forEach((child) => child.kill('SIGKILL'));
    for (const store of stores.splice(0)) await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  async function startOwner(...task: string[]): Promise<ChildProcess> {
    const child = fork(new URL('./store-process.ts', import.meta.url), [dir, ...task]);
    children.push(child);
    await once(child, 'message');
    return child;
  }

  async function attach(tell?: (level: string, text: string) => void) {
    const store = await startEmbeddedStore({ dir, tell });
    stores.push(store);
    const client = await new MongoClient(store.url).connect();
    clients.push(client);
    return { store, collection: client.db('x').collection<Doc>('written') };
  }

  async function kill(child: ChildProcess): Promise<void> {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** What is under way when the owner goes may fail, once. (Reads the driver tries again by itself.) */
  async function atSecondTry<T>(work: () => Promise<T>): Promise<T> {
    return work().catch((error: unknown) => {
      if (error instanceof mongoose.mongo.MongoNetworkError) return work();
      throw error;
    });
  }

  it('goes on in a process that was attached, at the address it has, with every acknowledged write', async () => {
    const owner = await startOwner('write', '0');
    const acknowledged: number[] = [];
    owner.on('message', ({ stored }: { stored?: number }) => {
      if (stored !== undefined) acknowledged.push(stored);
    });
    const told: string[] = [];
    const { store, collection } = await attach((_level, text) => told.push(text));
    assert.deepEqual([store.isOwner, store.isAlone], [false, false]);
    while (acknowledged.length < 50) await once(owner, 'message');
    await kill(owner);
    const killed = performance.now();
    const there = new Set((await collection.find().toArray()).map(({ _id }) => _id));
    assert.ok(performance.now() - killed < 5000, 'it took more than five seconds');
    assert.deepEqual(
      acknowledged.filter((id) => !there.has(id)),
      [],
    );
    await atSecondTry(() => collection.insertOne({ _id: 'after' }));
    assert.deepEqual(told, ['The process that had the store is gone; this one has it now']);
    // Who comes now attaches to the new owner.
    const late = await attach();
    assert.equal(late.store.isOwner, false);
    assert.equal(await late.collection.countDocuments({ _id: 'after' }), 1);
  });

  it('goes on when the owner stops as it should', async () => {
    const first = await startEmbeddedStore({ dir });
    const { collection } = await attach();
    await collection.insertOne({ _id: 1 });
    await first.close();
    assert.equal(await collection.countDocuments(), 1);
  });

  it('is not alone for who opens it while another is still attached', async () => {
    const first = await startEmbeddedStore({ dir });
    assert.equal(first.isAlone, true);
    const second = await startOwner();
    await first.close();
    stores.push(first);
    // Whoever of the two is faster: it knows that the other is there.
    const { store } = await attach();
    assert.equal(store.isAlone, false);
    await kill(second);
  });

  it('keeps one password for those who may come back, from other users', async () => {
    const first = await startEmbeddedStore({ dir });
    await first.close();
    const path = join(dir, 'password');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const second = await startEmbeddedStore({ dir });
    assert.equal(new URL(second.url).password, readFileSync(path, 'utf8'));
    assert.equal(new URL(first.url).password, readFileSync(path, 'utf8'));
    await second.close();
  });
});
