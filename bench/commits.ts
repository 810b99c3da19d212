/**
 * `npm run bench commits [SECONDS] [LEARNERS] [EVERY]`: so many learners (500) of whom each saves every two seconds, for three
 * minutes, over HTTP to a server as `npm start` runs it, on its embedded store; the load comes from this process, the server
 * is another. What was acknowledged must be there at the end. Then the most durable commits a second that the process
 * holds, at rising numbers in flight, in turns with the same HTTP server answering without a store.
 * CPU_PROF=DIR: the server writes a CPU profile there.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { attempts, type AttemptRecord } from '../src/attempts/attempt.model.ts';
import { rememberLearner } from '../src/attempts/learners.ts';
import { startLaunch } from '../src/attempts/launches.ts';
import { findOrCreateLink } from '../src/attempts/links.ts';
import { openAttempt } from '../src/attempts/open.ts';
import { readConfig } from '../src/config.ts';
import { openContext, type Context } from '../src/context.ts';
import { deliveries } from '../src/outbox/delivery.model.ts';
import { recordDeployment, savePlatform } from '../src/lti/platforms.ts';
import type { Act } from '../src/scorm/engine.ts';
import { newId } from '../src/store/id.ts';
import { freePort } from '../test/support/app.ts';
import { printed } from './support/lti-tools.ts';
import { scorm12Package } from '../test/support/make-package.ts';
import { openGradebook } from '../test/grades/gradebook.ts';

const [seconds = 180, learners = 500, every = 2] = process.argv.slice(2).map(Number);
const flights = [8, 32, 64, 128, 256];
const rampSeconds = Math.max(2, Math.min(6, seconds / 10));
/** One commit in so many brings news: a score, which goes to the gradebook. */
const newsEvery = 30;
const workspace = 'wsp_default';
const scoreScope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

type Tool = { url: string; child: ChildProcess };
type Learner = { attempt: string; launch: string; token: string; seq: number; acknowledged: number };

/** What the first commit begins with. */
const begun: Act[] = [
  { do: 'open', activity: 'item_1' },
  { do: 'initialize', activity: 'item_1' },
  { do: 'set', activity: 'item_1', element: 'cmi.core.lesson_status', value: 'incomplete' },
];

const dir = mkdtempSync(join(tmpdir(), 'coursedock-bench-'));
const agent = new Agent({ connections: Math.max(learners, ...flights), pipelining: 1 });
const gradebook = await openGradebook();
const children: ChildProcess[] = [];
try {
  const [server, peer] = [await startCoursedock(), await startPeer()];
  const env = { DATA_DIR: join(dir, 'data'), MONGODB_URL: process.env['MONGODB_URL'] };
  const { ctx, close } = await openContext(
    readConfig(env),
    { log: pino({ level: 'error' }) },
    { brief: true },
  );
  try {
    const course = (await command('course', 'import', writeCourse())).trim();
    const crowd = await enrol(ctx, course, learners);
    await steady(server, crowd);
    await ramp(server, peer, await enrol(ctx, course, Math.max(...flights)));
    const lost = await missing(ctx, crowd);
    const grades = await deliveries(ctx.db).countDocuments({ kind: 'grade' });
    console.log(`\nlost: ${lost} of ${crowd.length} attempts; ${grades} grades in the outbox or delivered`);
    if (lost > 0) process.exitCode = 1;
  } finally {
    await close();
  }
} finally {
  for (const child of children) await end(child);
  await agent.close();
  await gradebook.close();
  rmSync(dir, { recursive: true, force: true });
}

/** Everybody saves in their own two seconds. Whoever still waits for an answer skips a turn, as the player does. */
async function steady(server: Tool, crowd: Learner[]): Promise<void> {
  const times: number[] = [];
  let skipped = 0;
  const until = performance.now() + seconds * 1000;
  const life = async (learner: Learner) => {
    let next = performance.now() + Math.random() * every * 1000;
    for (; next < until; next += every * 1000) {
      const late = performance.now() - next;
      if (late > every * 1000) skipped += 1;
      else {
        await wait(Math.max(0, -late));
        times.push(await commit(server, learner));
      }
    }
  };
  const before = cpuOf(server);
  await Promise.all(crowd.map(life));
  const cpu = (cpuOf(server) - before) / times.length;
  const cells = [0.5, 0.95, 0.99, 1].map((share) => at(times, share).toFixed(1).padStart(8)).join('');
  console.log('learners  commits/s     p50     p95     p99     max  ms   CPU ms a commit   turns skipped');
  console.log(
    `${String(learners).padStart(8)}${(times.length / seconds).toFixed(0).padStart(11)}${cells}${cpu.toFixed(2).padStart(17)}${String(skipped).padStart(16)}`,
  );
}

/** As many commits as go, each learner one after the other. */
async function ramp(server: Tool, peer: Tool, crowd: Learner[]): Promise<void> {
  console.log(
    '\nin flight  commits/s     p50     p99  ms   CPU ms a commit   without a store: /s   CPU ms   ratio',
  );
  for (const flight of flights) {
    const ours = await rush(server, crowd.slice(0, flight));
    const theirs = await rush(peer, strangers(flight));
    const cells = [
      [ours.rate.toFixed(0), 11],
      [at(ours.times, 0.5).toFixed(1), 8],
      [at(ours.times, 0.99).toFixed(1), 8],
      [ours.cpu.toFixed(2), 22],
      [theirs.rate.toFixed(0), 21],
      [theirs.cpu.toFixed(2), 9],
      [(ours.rate / theirs.rate).toFixed(2), 8],
    ] as const;
    console.log(String(flight).padStart(9) + cells.map(([cell, width]) => cell.padStart(width)).join(''));
  }
}

/** Milliseconds of the processor a process has had so far, with its threads; NaN where the system does not say (Linux does). */
function cpuOf({ child }: Tool): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return NaN;
  }
}

async function rush(server: Tool, crowd: Learner[]): Promise<{ rate: number; cpu: number; times: number[] }> {
  const times: number[] = [];
  const until = performance.now() + rampSeconds * 1000;
  const life = async (learner: Learner) => {
    while (performance.now() < until) times.push(await commit(server, learner));
  };
  const before = cpuOf(server);
  await Promise.all(crowd.map(life));
  return { rate: times.length / rampSeconds, cpu: (cpuOf(server) - before) / times.length, times };
}

/** What a course sends that saves after each page. Gives the milliseconds until it is acknowledged. */
async function commit({ url }: Tool, learner: Learner): Promise<number> {
  const seq = (learner.seq += 1);
  const set = (element: string, value: string): Act => ({ do: 'set', activity: 'item_1', element, value });
  const patch: Act[] = [
    ...(seq === 1 ? begun : []),
    set('cmi.core.lesson_location', String(seq)),
    set('cmi.suspend_data', `seen=${seq};`.padEnd(600, 'x')),
    set('cmi.core.session_time', `00:${String(Math.floor(seq / 60) % 60).padStart(2, '0')}:00`),
    ...((seq + learner.token.charCodeAt(0)) % newsEvery === 0
      ? [set('cmi.core.score.raw', String(seq % 100)), set('cmi.core.lesson_status', 'completed')]
      : []),
    { do: 'commit', activity: 'item_1', ms: seq * 2000 },
  ];
  const from = performance.now();
  const { statusCode, body } = await request(`${url}/play/commit`, {
    method: 'POST',
    dispatcher: agent,
    headers: { Authorization: `Bearer ${learner.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ launch: learner.launch, seq, patch }),
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`Answered ${statusCode}: ${text.slice(0, 500)}`);
  learner.acknowledged = (JSON.parse(text) as { seq: number }).seq;
  return performance.now() - from;
}

/** Attempts that are not there as they were acknowledged. */
async function missing(ctx: Context, crowd: Learner[]): Promise<number> {
  let lost = 0;
  for (const { attempt, acknowledged } of crowd) {
    const { seq, state } = (await attempts(ctx.db).findOne({ _id: attempt }).lean<AttemptRecord>())!;
    const place = /"cmi\.core\.lesson_location":"(\d+)"/.exec(state)?.[1];
    if (seq !== acknowledged || Number(place) !== acknowledged) lost += 1;
  }
  return lost;
}

/** Learners in a course of an LMS, with a column in its gradebook, each with the course just opened. */
async function enrol(ctx: Context, course: string, count: number): Promise<Learner[]> {
  const platform = await savePlatform(ctx, {
    workspace,
    issuer: `${gradebook.url}/${newId('iss')}`,
    clientId: 'bench',
    name: 'Bench',
    family: 'moodle',
    authorizationEndpoint: `${gradebook.url}/auth`,
    tokenEndpoint: `${gradebook.url}/token`,
    jwksUri: `${gradebook.url}/jwks`,
  });
  const deployment = await recordDeployment(ctx, {
    platform: platform!,
    deploymentId: '1',
    status: 'approved',
    name: '',
  });
  const key = newId('lti');
  const { lineItem } = gradebook;
  const facts = { workspace, kind: 'lti' as const, key, course, title: 'Bench', deployment: deployment._id };
  const link = await findOrCreateLink(ctx, { ...facts, lineItem, scopes: [scoreScope] });
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const sub = `${key}-${i}`;
      const learner = await rememberLearner(ctx, { workspace, key: sub, sub, name: `Learner ${i}` });
      const attempt = await openAttempt(ctx, { link, learner, course, graded: true });
      const { launch, token } = await startLaunch(ctx, attempt, { mode: 'normal' });
      return { attempt: attempt._id, launch: launch._id, token, seq: 0, acknowledged: 0 };
    }),
  );
}

function strangers(count: number): Learner[] {
  return Array.from({ length: count }, (_, i) => ({
    attempt: '',
    launch: 'lch_none',
    token: `${i}`.padStart(32, 'x'),
    seq: 0,
    acknowledged: 0,
  }));
}

async function startCoursedock(): Promise<Tool> {
  const port = await freePort();
  const execArgv = process.env['CPU_PROF'] ? ['--cpu-prof', `--cpu-prof-dir=${process.env['CPU_PROF']}`] : [];
  const child = start(join(import.meta.dirname, '../src/cli.ts'), ['start'], execArgv, {
    PORT: String(port),
    PUBLIC_URL: `http://localhost:${port}`,
    CONTENT_URL: `http://127.0.0.1:${port}`,
    HOST: '127.0.0.1',
    ALLOW_PRIVATE_NETWORKS: 'true',
    LOG_LEVEL: 'error',
    DATA_DIR: join(dir, 'data'),
  });
  await printed(child, 'Coursedock is ready');
  return { url: `http://127.0.0.1:${port}`, child };
}

async function startPeer(): Promise<Tool> {
  const port = await freePort();
  const child = start(join(import.meta.dirname, 'support/no-store.ts'), [String(port)], [], {});
  await printed(child, 'ready');
  return { url: `http://127.0.0.1:${port}`, child };
}

function start(file: string, args: string[], execArgv: string[], env: Record<string, string>): ChildProcess {
  const child = fork(file, args, { cwd: dir, env: { ...process.env, ...env }, execArgv, silent: true });
  children.push(child);
  return child;
}

async function command(...args: string[]): Promise<string> {
  const cli = join(import.meta.dirname, '../src/cli.ts');
  const env = { ...process.env, DATA_DIR: join(dir, 'data') };
  return printed(fork(cli, args, { cwd: dir, env, silent: true }), '\n');
}

function writeCourse(): string {
  const zip = join(dir, 'course.zip');
  writeFileSync(zip, scorm12Package({ title: 'Bench' }));
  return zip;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

function at(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
