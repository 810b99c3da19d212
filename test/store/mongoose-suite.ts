/**
 * Runs mongoose's own tests against the embedded store: `node test/store/mongoose-suite.ts FOLDER [mocha arguments]`, where
 * FOLDER is a checkout of github.com/Automattic/mongoose with its packages installed. Ends with 1 when a test fails for
 * another reason than those the store's README names.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';

type Failure = { fullTitle: string; file: string; err: { message?: string } };
type Report = { stats: { passes: number; pending: number; failures: number }; failures: Failure[] };

const leftOut: [pattern: RegExp, why: string][] = [
  [/search by place/, 'search by place: 2d and 2dsphere indexes, $near, $geoWithin, $geoIntersects'],
  [/search in texts/, 'text indexes'],
  [/does not run \$where/, '$where: the store runs no scripts'],
  [/'timeseries'|such command: 'setParameter'/, 'time series collections'],
  [/with mongoose\.createConnection\(\)/, 'the test reads an address without a password'],
];

const [folder, ...more] = process.argv.slice(2);
if (!folder)
  throw new Error('Say where the checkout of mongoose is: node test/store/mongoose-suite.ts FOLDER');
const dir = mkdtempSync(join(tmpdir(), 'coursedock-mongoose-'));
const output = join(dir, 'report.json');
const store = await startEmbeddedStore({ dir: join(dir, 'store'), flush: false, expireEveryMs: 1000 });
const mocha = [
  join('node_modules', 'mocha', 'bin', 'mocha.js'),
  '--exit',
  '--timeout=10000',
  '--reporter=json',
  `--reporter-option=output=${output}`,
  '--ignore=test/encryption/**/*.test.js',
  ...(more.length ? more : ['./test/**/*.test.js']),
];
const child = spawn(process.execPath, mocha, {
  cwd: resolve(folder),
  env: { ...process.env, MONGOOSE_TEST_URI: store.url },
  stdio: ['ignore', 'ignore', 'inherit'],
});
await once(child, 'exit');
await store.close();
const { stats, failures } = JSON.parse(readFileSync(output, 'utf8')) as Report;
rmSync(dir, { recursive: true, force: true });

const say = (line: string) => process.stdout.write(`${line}\n`);
const reasonOf = ({ fullTitle, err }: Failure) =>
  leftOut.find(([pattern]) => pattern.test(err.message ?? '') || pattern.test(fullTitle))?.[1];
say(`${stats.passes} passed, ${stats.failures} failed, ${stats.pending} pending`);
for (const [, why] of leftOut)
  say(`  ${failures.filter((one) => reasonOf(one) === why).length} left out: ${why}`);
const ours = failures.filter((one) => !reasonOf(one));
for (const { file, fullTitle, err } of ours) say(`  FAILED ${file}: ${fullTitle}: ${err.message ?? ''}`);
process.exitCode = ours.length ? 1 : 0;
