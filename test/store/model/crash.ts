/** A store in a process of its own, killed under the load of many clients, again and again on the same files. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../../src/store/embedded/start.ts';
import { openStore } from '../../../src/store/embedded/data/store.ts';
import { checkFiles } from './files.ts';
import { explain } from './history.ts';
import { Load } from './load.ts';
import { makeRandom } from '../random.ts';

export type StoreProcess = { url: string; child: ChildProcess; kill: () => Promise<void> };

/** @throws Error when the process ends before its store is there */
export async function startProcess(dir: string): Promise<StoreProcess> {
  const child = fork(new URL('../store-process.ts', import.meta.url), [dir], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const gone = once(child, 'exit');
  const first = await Promise.race([once(child, 'message'), gone]);
  const { url } = first[0] as { url?: string };
  if (url === undefined) throw new Error(`The store's process ended at its start (${first.join(' ')})`);
  const kill = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  return { url, child, kill };
}

export type CrashReport = {
  answered: number;
  unanswered: number;
  kills: number;
  documents: number;
  entries: number;
};

/** So many kills, each after some of `count` operations; everything is checked after each. */
export async function crashes(dir: string, seed: number, kills: number, count: number): Promise<CrashReport> {
  const random = makeRandom(seed);
  const load = new Load(random);
  const report = { documents: 0, entries: 0 };
  for (let round = 0; round < kills; round++) {
    const store = await startProcess(dir);
    try {
      if (round) await check(load, store.url);
      await load.run(store.url, { inFlight: 64, count: 64 + random.below(count), kill: store.kill });
    } finally {
      await store.kill();
    }
    // Every other time nobody but the next process looks at the files: what it does with them is what counts.
    if (random.chance(2)) continue;
    const inner = openStore(dir);
    Object.assign(report, checkFiles(inner));
    inner.sqlite.close();
  }
  const last = await startEmbeddedStore({ dir });
  await check(load, last.url);
  await last.close();
  return {
    answered: load.answered,
    unanswered: load.events.filter(({ outcome }) => outcome === 'unanswered').length,
    kills,
    ...report,
  };
}

/** What is there now follows from what was answered. */
export async function check(load: Load, url: string): Promise<void> {
  explain(load.events, await load.everything(url), load.now());
  const client = await new mongoose.mongo.MongoClient(url).connect();
  await load.places.check(client.db('load'));
  await client.close();
}
