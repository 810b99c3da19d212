import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parse } from '../../../src/store/embedded/values/raw.ts';
import { matching } from '../../../src/store/embedded/reading/read.ts';
import { openStore, type Store } from '../../../src/store/embedded/data/store.ts';
import { startProcess } from './crash.ts';
import { checkFiles } from './files.ts';
import { Lanes } from './lanes.ts';
import { cuts, put, snapshot, type Cut } from './power.ts';
import { makeRandom } from '../random.ts';

export type CutReport = { snapshots: number; cuts: number };

/** Takes the files of a loaded store at so many moments, and opens what power cuts would leave of them. */
export async function powerCuts(dir: string, seed: number, snapshots: number): Promise<CutReport> {
  const random = makeRandom(seed);
  const lanes = new Lanes(16, random);
  const store = await startProcess(dir);
  const state = { stop: false };
  const running = lanes.run(store.url, state);
  const report = { snapshots, cuts: 0 };
  try {
    for (let i = 0; i < snapshots; i++) {
      await Promise.race([wait(20 + random.below(150)), running]);
      const files = snapshot(dir, store);
      const at = lanes.now();
      for (const cut of cuts(files, random)) {
        open(cut, lanes, at);
        report.cuts++;
      }
    }
  } finally {
    state.stop = true;
    await running;
    await store.kill();
  }
  return report;
}

function open({ name, files, whole }: Cut, lanes: Lanes, at: number): void {
  const dir = mkdtempSync(join(tmpdir(), 'coursedock-cut-'));
  put(dir, files);
  try {
    const store = openStore(dir);
    try {
      checkFiles(store);
      lanes.check(all(store, 'items'), all(store, 'counts'), whole ? at : undefined);
    } finally {
      store.sqlite.close();
    }
    rmSync(dir, { recursive: true });
  } catch (error) {
    throw new Error(`${name} (kept in ${dir}): ${(error as Error).message}`, { cause: error });
  }
}

function all<T>(store: Store, name: string): T[] {
  const collection = store.catalog.find('power', name);
  if (!collection) return [];
  return Array.from(matching(store.documents, collection, { filter: {} }), ({ doc }) => parse(doc) as T);
}
