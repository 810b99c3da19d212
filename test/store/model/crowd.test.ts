import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedStore } from '../../../src/store/embedded/start.ts';
import { check, crashes } from './crash.ts';
import { powerCuts } from './cuts.ts';
import { Load } from './load.ts';
import { makeRandom } from '../random.ts';

const seed = Number(process.env['MODEL_SEED'] ?? 20260801);

describe(`what many clients see of the store at once (MODEL_SEED=${seed})`, function () {
  this.timeout(60_000);
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'coursedock-crowd-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('could have happened one after another', async () => {
    const store = await startEmbeddedStore({ dir, flush: false });
    const load = new Load(makeRandom(seed));
    await load.run(store.url, { inFlight: 64, count: 800 });
    await check(load, store.url);
    await store.close();
  });

  it('is there after kill -9, and nothing by halves', () => crashes(dir, seed, 2, 150));

  it('is there after a power cut, up to one moment', async function () {
    if (!existsSync('/proc/self/task')) this.skip(); // to take files at one moment it takes a system that shows that a process stands still
    await powerCuts(dir, seed, 2);
  });
});
