/** What `kill -9` leaves of a backup, a restore and of the owner of a store that others are attached to. SOAK_ROUNDS, SOAK_SEED. */
import assert from 'node:assert/strict';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import { checkStore } from '../../src/store/operate/check.ts';
import { finishRestore } from '../../src/store/operate/swap.ts';
import { verifyBackup } from '../../src/store/operate/verify.ts';
import { makeBackup } from '../../src/store/operate/backup.ts';
import { DataDir } from '../store/stocked.ts';

const rounds = Number(process.env['SOAK_ROUNDS'] ?? 20);
const root = join(import.meta.dirname, '../..');

/** Runs a command and kills it after `ms`, if it is still at it. Gives whether it was done by then. */
async function killed(data: DataDir, args: string[], ms: number): Promise<{ done: boolean; took: number }> {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: root,
    env: { ...process.env, DATA_DIR: data.path, MONGODB_URL: '', SECRET: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk));
  const begun = performance.now();
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  assert.ok(code === 0 || signal === 'SIGKILL', errors);
  return { done: code === 0, took: performance.now() - begun };
}

describe('kill -9', () => {
  let data: DataDir;
  before(() => {
    data = new DataDir();
    data.stock();
    data.add(...Array.from({ length: 2000 }, (_, i) => ({ _id: `more${i}`, text: 'x'.repeat(10_000) })));
    for (let i = 0; i < 300; i++)
      writeFileSync(data.in(`files/versions/ver_1/${i}.bin`), Buffer.alloc(50_000, i));
    // What the database says of the files is to be true again.
    data.open(({ sqlite, catalog }) =>
      sqlite.exec(`DELETE FROM d${catalog.find('coursedock', 'versions')!.id}`),
    );
    data.open(({ catalog, documents }) => {
      const version = { _id: 'ver_1', fileCount: 302, bytes: 13 + 6000 + 300 * 50_000 };
      documents.insert(
        catalog.find('coursedock', 'versions')!,
        mongoose.mongo.BSON.serialize(version) as Buffer,
      );
    });
  });
  after(() => data.remove());

  it('of a backup leaves none, or a whole one, and the next takes its place', async () => {
    const to = data.beside('backup');
    const { took } = await killed(data, ['backup', to], 600_000);
    let whole = 0;
    for (let round = 0; round < rounds; round++) {
      rmSync(to, { recursive: true, force: true });
      await killed(data, ['backup', to], (took * (round + 1)) / rounds);
      if (!existsSync(to)) continue;
      whole++;
      await verifyBackup(to);
    }
    assert.ok(whole < rounds, 'no backup was ever interrupted');
    rmSync(to, { recursive: true, force: true });
    await makeBackup(data.settings, to);
    assert.ok(!existsSync(`${to}.part`));
    assert.deepEqual((await checkStore(data.settings)).findings, []);
  });

  it('of a restore leaves the old data or the new, whole, for the next start', async () => {
    const to = data.beside('restorable');
    await makeBackup(data.settings, to);
    /** What only the old data has, in the database and among the files. */
    const mark = () => {
      data.open(({ catalog }) => catalog.findOrCreate('coursedock', 'marks'));
      mkdirSync(data.in('files/versions/mark'), { recursive: true });
    };
    mark();
    const { took } = await killed(data, ['restore', to], 600_000);
    const seen = { old: 0, new: 0 };
    for (let round = 0; round < rounds; round++) {
      mark();
      const { done } = await killed(data, ['restore', to], took * (0.5 + (0.6 * round) / rounds));
      await finishRestore(data.path);
      const isOld = data.open(({ catalog }) => catalog.find('coursedock', 'marks') !== undefined);
      assert.equal(
        existsSync(data.in('files/versions/mark')),
        isOld,
        'database and files are of different times',
      );
      if (done) assert.ok(!isOld);
      seen[isOld ? 'old' : 'new']++;
      assert.deepEqual((await checkStore(data.settings)).findings, []);
    }
    assert.ok(seen.old && seen.new, JSON.stringify(seen));
  });
});

describe('two processes that write to one store, and kill -9 of the owner, again and again', () => {
  const dir = new DataDir();
  const children = new Set<ChildProcess>();
  let first = 0;
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    dir.remove();
  });

  it('keep every acknowledged write, and go on within five seconds', async () => {
    const acknowledged = new Set<number>();
    const lastAt = new Map<ChildProcess, number>();
    const start = async () => {
      const child = fork(new URL('./writing-process.ts', import.meta.url), [
        dir.path,
        String((first += 1e7)),
      ]);
      children.add(child);
      child.on('message', ({ stored, at = 0 }: { stored?: number; at?: number }) => {
        if (stored === undefined) return;
        acknowledged.add(stored);
        lastAt.set(child, at);
      });
      child.once('exit', () => children.delete(child));
      while (!lastAt.has(child)) await once(child, 'message');
      return child;
    };
    let owner = await start();
    let second = await start();
    let longest = 0;
    for (let round = 0; round < rounds; round++) {
      await wait(300);
      owner.kill('SIGKILL');
      await once(owner, 'exit');
      const at = Date.now();
      while (lastAt.get(second)! <= at) {
        await wait(5);
        assert.ok(Date.now() - at < 5000, `round ${round}: nothing was written for five seconds`);
      }
      longest = Math.max(longest, lastAt.get(second)! - at);
      [owner, second] = [second, await start()];
    }
    for (const child of children) child.kill('SIGKILL');
    const store = await startEmbeddedStore({ dir: dir.path });
    const client = await new mongoose.mongo.MongoClient(store.url).connect();
    const written = client.db('x').collection<{ _id: number }>('written');
    const there = new Set(await written.distinct('_id'));
    await client.close();
    await store.close();
    assert.deepEqual(
      [...acknowledged].filter((n) => !there.has(n)),
      [],
    );
    process.stdout.write(
      `      ${acknowledged.size} writes acknowledged; the longest pause ${Math.round(longest)} ms\n`,
    );
  });

  it('leave it to one of those that were attached, and the others find it', async () => {
    const stores = [];
    const owner = fork(new URL('./writing-process.ts', import.meta.url), [dir.path, String((first += 1e7))]);
    children.add(owner);
    await once(owner, 'message');
    for (let n = 0; n < 4; n++) {
      const store = await startEmbeddedStore({ dir: dir.path });
      assert.equal(store.isOwner, false);
      const client = await new mongoose.mongo.MongoClient(store.url).connect();
      await client.db('x').command({ ping: 1 });
      stores.push({ store, client });
    }
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    // Reads the driver tries again by itself.
    const counts = stores.map(({ client }) => client.db('x').collection('written').countDocuments());
    assert.equal(new Set(await Promise.all(counts)).size, 1);
    for (const { store, client } of stores) {
      await client.close();
      await store.close();
    }
  });
});
