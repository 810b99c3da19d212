import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { exempt, readSpec, runSpecTest, type SpecFile, type SpecTest } from './crud-spec/run.ts';

/** MongoDB's own CRUD tests, where the folder is: CRUD_TESTS (which has to be there then), or beside this checkout. */
const asked = process.env['CRUD_TESTS'];
const folder = resolve(asked ?? '../shared/mongodb-crud-tests');

const driversOwn = 'this driver sends bypassDocumentValidation only when it is true';
const partialResult = 'this driver gives a partial result of zeros in the place of none';

/** What is left out, also in the table of the store's README: the file, the beginning of the test's name, and why. */
const leftOut: [file: RegExp, test: RegExp, why: string][] = [
  [/^create-null-ids/, /via clientBulkWrite$/, 'this driver itself puts an _id in the place of null'],
  [
    /^bypassDocumentValidation/,
    /^(Aggregate with \$out|BulkWrite|FindOneAnd\w+|InsertMany) passes .* false$/,
    driversOwn,
  ],
  [/^client-bulkWrite-partialResults/, /^partialResult is unset when/, partialResult],
];

function whyNot(name: string, file: SpecFile, test: SpecTest): string | undefined {
  if (test.operations.some((operation) => operation.name === 'failPoint'))
    return 'fail points are a test command of mongod';
  return (
    exempt(file.runOnRequirements, '8.0.0') ??
    exempt(test.runOnRequirements, '8.0.0') ??
    test.skipReason ??
    leftOut.find(([files, tests]) => files.test(name) && tests.test(test.description))?.[2]
  );
}

describe("MongoDB's CRUD specification, against the embedded store", function () {
  let dir: string;
  let store: EmbeddedStore;

  before(async () => {
    if (!existsSync(folder)) return;
    dir = await mkdtemp(join(tmpdir(), 'coursedock-crud-'));
    store = await startEmbeddedStore({ dir, flush: false });
  });
  after(async () => {
    await store?.close();
    if (dir) await rm(dir, { recursive: true, force: true });
  });

  if (!existsSync(folder)) {
    it(`is not run: there is no folder ${folder} (set CRUD_TESTS)`, function () {
      assert.equal(asked, undefined, 'CRUD_TESTS names a folder that is not there');
      this.skip();
    });
    return;
  }
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  it('is there', () => assert.ok(names.length > 0, `${folder} holds no tests`));
  for (const name of names) {
    const file = readSpec(readFileSync(join(folder, name), 'utf8'));
    describe(name, () => {
      for (const test of file.tests) {
        const why = whyNot(name, file, test);
        it(test.description + (why ? ` (${why})` : ''), async function () {
          if (why) this.skip();
          await runSpecTest(store.url, file, test);
        });
      }
    });
  }
});
