import { statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../embedded/start.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import { exists, noRoom, sync } from './folder.ts';
import type { Progress } from './progress.ts';
import { finishRestore } from './swap.ts';

type State = { pages: number; of: number; done: boolean; failed?: string };
const pageBytes = 4096;

/**
 * Has the owner of the store (a running server, or this process) write a copy of the database to `path`, while it goes
 * on working. @throws StoreTrouble
 */
export async function writeSnapshot(dataDir: string, path: string, progress: Progress): Promise<void> {
  const dir = join(dataDir, 'store');
  if (!(await exists(join(dir, 'coursedock.db'))))
    throw new StoreTrouble(
      `There is no store in ${dataDir}. Is DATA_DIR the folder that the server runs on?`,
    );
  await finishRestore(dataDir);
  const store = await startEmbeddedStore({ dir, brief: true });
  const client = new mongoose.mongo.MongoClient(store.url, { serverSelectionTimeoutMS: 5000 });
  const admin = client.db('admin');
  try {
    await admin.command({ coursedockSnapshot: path });
    for (;;) {
      const state = (await admin.command({ coursedockSnapshotState: 1 })) as unknown as State;
      if (state.failed) throw await explain(state, path);
      if (state.done) return;
      progress('Copying the database', state.pages * pageBytes, state.of * pageBytes);
      // What is on the disk already the owner need not flush at the end, when everybody would have to wait for it.
      if (await exists(path)) await sync(path);
      await wait(50);
    }
  } catch (error) {
    throw explainLoss(error);
  } finally {
    await client.close();
    await store.close();
  }
}

async function explain({ failed, of }: State, path: string): Promise<StoreTrouble> {
  if (failed !== 'The disk is full') return new StoreTrouble(`The database could not be copied: ${failed}`);
  const { bavail, bsize } = await statfs(dirname(path));
  return noRoom(dirname(path), of * pageBytes, bavail * bsize);
}

function explainLoss(error: unknown): unknown {
  const { name, code } = error as { name?: string; code?: number };
  if (code === 59)
    return new StoreTrouble(
      'The running server is of another version than this command. Restart it, then try again.',
    );
  if (name === 'MongoNetworkError' || name === 'MongoServerSelectionError')
    return new StoreTrouble('The server ended while it copied the database. Try again.', { cause: error });
  return error;
}
