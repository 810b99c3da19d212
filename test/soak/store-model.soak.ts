import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import { damages, type Tally } from '../store/damage.ts';
import { check, crashes } from '../store/model/crash.ts';
import { powerCuts } from '../store/model/cuts.ts';
import { Load } from '../store/model/load.ts';
import { ModelRun } from '../store/model/run.ts';
import { makeRandom } from '../store/random.ts';

/** SOAK_MINUTES for all of these together; each run begins with another seed and says which. */
const minutes = Number(process.env['SOAK_MINUTES'] ?? 3);
const first = Number(process.env['MODEL_SEED'] ?? Math.floor(Date.now() / 1000));
const share = (minutes * 60_000) / 5;

describe(`the store, for ${minutes} minutes (SOAK_MINUTES, MODEL_SEED=${first})`, function () {
  this.timeout(share + 600_000);
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'coursedock-soak-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs with one seed after another while there is time; says with which one it failed. */
  async function repeat(run: (seed: number) => Promise<unknown>): Promise<number> {
    const until = performance.now() + share;
    let seed = first;
    for (; performance.now() < until || seed === first; seed++) {
      try {
        await run(seed);
      } catch (error) {
        throw new Error(`MODEL_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    return seed - first;
  }

  const said: string[] = [];
  after(() => process.stdout.write(`${said.map((line) => `    ${line}\n`).join('')}`));

  it('lives as a list does', async () => {
    const run = new ModelRun();
    await run.open();
    const lives = await repeat((seed) => run.life(seed, 1000));
    said.push(`${lives} lives of 1000 operations each`);
    await run.end();
  });

  it('tells many clients at once what could have happened one after another', async () => {
    let answered = 0;
    await repeat(async (seed) => {
      const store = await startEmbeddedStore({ dir: join(dir, String(seed)) });
      const load = new Load(makeRandom(seed));
      await load.run(store.url, { inFlight: 64, count: 5000 });
      await check(load, store.url);
      await store.close();
      answered += load.answered;
    });
    said.push(`${answered} operations of 64 at once`);
  });

  it('keeps after kill -9 what it acknowledged', async () => {
    let [answered, kills, unanswered] = [0, 0, 0];
    await repeat(async (seed) => {
      const report = await crashes(join(dir, String(seed)), seed, 6, 1500);
      answered += report.answered;
      kills += report.kills;
      unanswered += report.unanswered;
    });
    said.push(`${kills} kills among ${answered} operations, ${unanswered} of them never answered`);
  });

  it('keeps after a power cut what one moment left', async function () {
    if (!existsSync('/proc/self/task')) this.skip(); // as in model-power.ts
    const total = { snapshots: 0, cuts: 0 };
    await repeat(async (seed) => {
      const { snapshots, cuts } = await powerCuts(join(dir, String(seed)), seed, 12);
      total.snapshots += snapshots;
      total.cuts += cuts;
    });
    said.push(`${total.cuts} power cuts at ${total.snapshots} moments`);
  });

  it('is not brought down by a damaged file', async function () {
    if (!existsSync('/proc/self/task')) this.skip();
    const tally: Tally = { trials: 0, refused: 0, right: 0, withErrors: 0, older: 0, altered: 0 };
    await repeat((seed) => damages(makeRandom(seed), 40, tally));
    said.push(`damaged files: ${JSON.stringify(tally)}`);
    assert.ok(tally.refused > 0 && tally.right > 0);
  });
});
