/** Files as nobody should find them: what the store says of them, in a process that may die of it. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import { startProcess } from './model/crash.ts';
import { snapshot, put, type Files } from './model/power.ts';
import type { Random } from './random.ts';

export type Finding =
  /** It would not start, and said why. */
  | { refused: string }
  /** It served: documents by id as text, and what could not be read. */
  | { documents: Record<string, string>; errors: string[] };

/** Looks at folders one after another; a new process when the last one died. */
class Examiner {
  #child = start();

  /** @throws Error when the process dies or does not answer */
  async examine(dir: string): Promise<Finding> {
    const child = this.#child;
    const over = new AbortController();
    const { signal } = over;
    try {
      child.send({ dir });
      const [finding] = (await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(([code, by]) => {
          this.#child = start();
          throw new Error(`The process died of ${dir} (${String(code ?? by)})`);
        }),
        wait(30_000, undefined, { signal }).then(() => {
          throw new Error(`No answer about ${dir}`);
        }),
      ])) as [Finding];
      return finding;
    } finally {
      over.abort();
    }
  }

  end(): void {
    this.#child.removeAllListeners('exit');
    this.#child.kill('SIGKILL');
  }
}

function start() {
  return fork(new URL('./store-process.ts', import.meta.url), ['', 'examine'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** A store with something in every part of its file, as a killed process leaves it: most in the file, some only in the log. */
async function makeFiles(dir: string): Promise<Files> {
  const owner = await startEmbeddedStore({ dir });
  const first = await new mongoose.mongo.MongoClient(owner.url).connect();
  const collection = first.db('d').collection<{ _id: number }>('c');
  await collection.createIndex({ n: 1 }, { unique: true });
  await collection.createIndex({ tags: 1, n: -1 });
  const text = (i: number) => 'abcdefghij'.repeat(i % 50 ? i % 40 : 900); // some take pages of their own
  const doc = (_id: number) => ({ _id, n: _id * 7, tags: [_id % 3, `t${_id % 5}`], text: text(_id) });
  await collection.insertMany(Array.from({ length: 600 }, (_, i) => doc(i)));
  await collection.deleteMany({ _id: { $gte: 200, $lt: 350 } }); // pages that nobody uses
  await first.close();
  await owner.close();
  const store = await startProcess(dir);
  const second = await new mongoose.mongo.MongoClient(store.url).connect();
  const again = second.db('d').collection<{ _id: number }>('c');
  for (let i = 0; i < 20; i++) await again.updateOne({ _id: i * 7 }, { $set: { text: `later ${i}` } });
  const files = snapshot(dir, store);
  await second.close();
  await store.kill();
  return files;
}

const ours =
  /is damaged|not one of this store|newer version|could not be used|cannot be (opened|read|written)/;
const innards = /undefined|is not a function|\bat file:|RangeError|ERR_[A-Z]/;

export type Tally = {
  trials: number;
  refused: number;
  right: number;
  withErrors: number;
  /** What the log had not kept, or bytes of documents, which SQLite does not guard. */ older: number;
  altered: number;
};

/** Damages files at random, and has them looked at. What comes back is what was there, or missing with an error, or the store refuses. */
export async function damages(random: Random, trials: number, tally: Tally): Promise<void> {
  const examiner = new Examiner();
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-damage-'));
  try {
    const files = await makeFiles(join(dir, 'made'));
    const sound: Finding = await examine(examiner, dir, files);
    assert.ok('documents' in sound && !sound.errors.length, 'the files are sound before they are damaged');
    for (let i = 0; i < trials; i++) {
      const { name, damaged } = damage(files, random);
      const finding: Finding = await examine(examiner, dir, damaged);
      tally.trials++;
      if ('refused' in finding) {
        tally.refused++;
        const isClear = ours.test(finding.refused) && !innards.test(finding.refused);
        assert.ok(isClear, `${name}: refused with “${finding.refused}”`);
        continue;
      }
      for (const message of finding.errors)
        assert.ok(!innards.test(message), `${name}: answered “${message}”`);
      if (finding.errors.length) tally.withErrors++;
      const missing: string[] = Object.keys(sound.documents).filter((id) => !(id in finding.documents));
      const altered = Object.entries(finding.documents).filter(([id, text]) => sound.documents[id] !== text);
      if (name.includes('db') && !finding.errors.length) assert.deepEqual(missing, [], name);
      if (altered.length && name.includes('wal')) tally.older++;
      else if (altered.length) tally.altered++;
      if (!altered.length && !finding.errors.length) tally.right++;
    }
    rmSync(dir, { recursive: true });
  } finally {
    examiner.end();
  }
}

async function examine(examiner: Examiner, dir: string, files: Files): Promise<Finding> {
  const look = join(dir, 'look');
  rmSync(look, { recursive: true, force: true });
  put(look, files);
  return examiner.examine(look);
}

/** Bytes changed somewhere in the file or its log: one bit, a byte, a sector, a page, the head, the end. */
function damage({ db, wal }: Files, random: Random): { name: string; damaged: Files } {
  const files = { db: Buffer.from(db), wal: Buffer.from(wal) };
  const target = random.below(3) ? 'db' : 'wal';
  const bytes = files[target];
  const page = 4096 * random.below(Math.ceil(bytes.length / 4096));
  const noise = (at: number, length: number) => {
    for (let i = at; i < Math.min(bytes.length, at + length); i++) bytes[i] = random.below(256);
  };
  const [name, change] = random.pick<[string, () => void]>([
    ['a bit', () => void (bytes[random.below(bytes.length)]! ^= 1 << random.below(8))],
    ['a byte of the head', () => noise(random.below(100), 1)],
    ['a byte of a page head', () => noise(page + random.below(16), 1)],
    ['cell pointers', () => noise(page + 8 + random.below(64), 4)],
    ['a sector', () => noise(page + 512 * random.below(8), 512)],
    ['a page', () => noise(page, 4096)],
    ['zeros', () => void bytes.fill(0, page, Math.min(bytes.length, page + 4096))],
    ['the end', () => void (files[target] = bytes.subarray(0, random.below(bytes.length)))],
  ]);
  change();
  return { name: `${name} of ${target} at page ${page / 4096}`, damaged: files };
}
