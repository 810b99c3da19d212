import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeLaunch } from '../../src/attempts/launches.ts';
import { takeVisit } from '../../src/teacher/visits.ts';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connect } from '../lti/launching.ts';
import { startPlatform, type TestPlatform } from '../lti/platform.ts';
import { startApp as start, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { startSlowWire, type SlowWire } from '../support/slow-wire.ts';
import { accepted } from './accepted.ts';
import { refused } from './refused.ts';
import { visitIn, type World } from './table.ts';

/** What came of a case: nothing, or what should not have been. */
type Outcome = { name: string; fault?: unknown };
type Cases = { name: string; run: (world: World) => Promise<void> }[];

/** The whole of both tables. */
const cases: Cases = [
  ...Object.values(refused)
    .flat()
    .map(([name, make, status, says]) => ({
      name: `refuses ${name}`,
      run: async (world: World) => void (await assertRefused(await make(world), status, says)),
    })),
  ...Object.values(accepted)
    .flat()
    .map(([name, make, leads]) => ({
      name: `lets in ${name}`,
      run: async (world: World) => {
        const response = await make(world);
        const { ctx } = world.launchApp();
        if (leads === 'page') {
          assert.equal((await takeVisit(ctx, await visitIn(response))).course._id, world.course);
          return;
        }
        assert.equal(response.status, 303, await response.text());
        const token = new URL(response.headers.get('location')!).hash.slice(1);
        assert.equal((await takeLaunch(ctx, token)).attempt.graded, leads === 'graded');
      },
    })),
];

describe('every launch that must be refused, and every one that must work', () => {
  let dataDir: string;
  let platform: TestPlatform;
  let course: string;
  /** It stands still: how long all of them take is not what is asked. */
  const clock = makeClock();
  const startApp = (more: Parameters<typeof start>[0] = {}) =>
    start({ dataDir, overrides: { now: clock.now }, ...more });

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
    platform = await startPlatform();
  });
  afterEach(async () => {
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const prepare = async (app: TestApp) => {
    await connect(app, platform);
    course = await addCourse(app, 'Golf');
  };
  const worldOf = (apps: Pick<World, 'loginApp' | 'launchApp'>, between = async () => {}): World => ({
    platform,
    course,
    between,
    ...apps,
  });

  it('with a store that is 20 ms away', async function () {
    this.timeout(60_000);
    const store = await startEmbeddedStore({ dir: join(dataDir, 'store') });
    const wire: SlowWire = await startSlowWire(Number(new URL(store.url).port));
    const far = new URL(store.url);
    far.port = String(wire.port);
    far.pathname = '/far';
    const app = await startApp({ env: { MONGODB_URL: far.href } });
    await prepare(app);
    wire.delayMs = 10; // there, and back
    assertAll(await all(worldOf({ loginApp: () => app, launchApp: () => app })));
    wire.delayMs = 0;
    await app.stop();
    await wire.stop();
    await store.close();
  });

  it('when one process takes the login and another the launch', async function () {
    this.timeout(60_000);
    const [one, two] = [await startApp(), await startApp()];
    await prepare(one);
    assertAll(await all(worldOf({ loginApp: () => one, launchApp: () => two })));
    await two.stop();
    await one.stop();
  });

  it('across a restart between login and launch', async function () {
    this.timeout(60_000);
    let app = await startApp();
    await prepare(app);
    const gate = Promise.withResolvers<void>();
    /** Those who are between login and launch, and those who are through without having been there. */
    const [waiting, through] = [new Set<string>(), new Set<string>()];
    const everybody = Promise.withResolvers<void>();
    const count = (set: Set<string>, name: string) => {
      set.add(name);
      if (waiting.size + through.size === cases.length) everybody.resolve();
    };
    const running = cases.map(async (one) => {
      const world = worldOf({ loginApp: () => app, launchApp: () => app }, async () => {
        count(waiting, one.name);
        await gate.promise;
      });
      const outcome = await tell(one, world);
      if (!waiting.has(one.name)) count(through, one.name);
      return outcome;
    });
    await everybody.promise;
    await app.stop();
    app = await startApp();
    gate.resolve();
    assertAll(await Promise.all(running));
    assert.ok(waiting.size > 110, `${waiting.size} were between the two`);
    await app.stop();
  });
});

function all(world: World): Promise<Outcome[]> {
  return Promise.all(cases.map((one) => tell(one, world)));
}

async function tell({ name, run }: Cases[number], world: World): Promise<Outcome> {
  try {
    await run(world);
    return { name };
  } catch (fault) {
    return { name, fault };
  }
}

function assertAll(outcomes: Outcome[]): void {
  assert.ok(outcomes.length >= 200);
  const wrong = outcomes.filter(({ fault }) => fault !== undefined);
  assert.deepEqual(
    wrong.map(({ name, fault }) => `${name}: ${String(fault).slice(0, 2000)}`),
    [],
  );
}
