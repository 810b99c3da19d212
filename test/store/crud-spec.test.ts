import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { exempt, readSpec, runSpecTest } from './unified.ts';

/** MongoDB's own CRUD tests, where the folder is: CRUD_TESTS, or beside this checkout. */
const folder = resolve(process.env['CRUD_TESTS'] ?? '../shared/mongodb-crud-tests');

/** What this store leaves out, by the words of its README. */
const leftOut: [pattern: RegExp, why: string][] = [
  [/collation/i, 'text is compared by its bytes'],
  [/^aggregate-(out|merge)|\$out|\$merge/, 'pipelines do not write'],
  [/via clientBulkWrite/, 'the driver itself gives an _id in the place of null'],
  [/failPoint/, 'a test command of mongod'],
  [/listLocalSessions/, 'there are no sessions'],
  [/viewOn/, 'there are no views'],
  [/modifyCollection/, 'there are no validators'],
];

describe("MongoDB's CRUD specification, against the embedded store", function () {
  let dir: string;
  let store: EmbeddedStore;

  before(async function () {
    if (!existsSync(folder)) this.skip();
    dir = await mkdtemp(join(tmpdir(), 'coursedock-crud-'));
    store = await startEmbeddedStore({ dir, flush: false });
  });
  after(async () => {
    await store?.close();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  if (!existsSync(folder)) {
    it(`is not run: there is no folder ${process.env['CRUD_TESTS'] ?? '../shared/mongodb-crud-tests'} (set CRUD_TESTS)`, function () {
      this.skip();
    });
    return;
  }
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const file = readSpec(readFileSync(join(folder, name), 'utf8'));
    describe(name, () => {
      for (const test of file.tests) {
        const why =
          exempt(file.runOnRequirements, '8.0.0') ??
          exempt(test.runOnRequirements, '8.0.0') ??
          test.skipReason ??
          leftOut.find(([pattern]) =>
            [name, test.description, JSON.stringify(test.operations)].some((text) => pattern.test(text)),
          )?.[1];
        it(test.description + (why ? ` (${why})` : ''), async function () {
          if (why) this.skip();
          await runSpecTest(store.url, file, test);
        });
      }
    });
  }
});
