/**
 * `npm run bench launch`: launches a second (login, launch, first page; 64 in flight) of Coursedock and of ltijs 5.9.9,
 * each a process of its own on the same store, from the same platform, whose JWKS answers after 0 ms and after 100 ms.
 * The platform signs between login and launch, and the clock stands still meanwhile: signing is the LMS's work, and
 * costs more than all the rest. The two take turns, round by round.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { Agent, request, type Dispatcher } from 'undici';
import { freePort } from '../test/support/app.ts';
import { scorm12Package } from '../test/support/make-package.ts';
import { startEmbeddedStore } from '../src/store/embedded/start.ts';

const flight = 64;
const launchesARound = 640;
const rounds = 5;

const claim = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
let jwksDelayMs = 0;
const platform = createServer((_req, res) => {
  setTimeout(() => {
    res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=600' });
    res.end(JSON.stringify({ keys: [jwk] }));
  }, jwksDelayMs);
});
await new Promise<void>((resolve) => void platform.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
const connection = {
  name: 'Bench',
  issuer,
  client_id: 'bench',
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
};

type Tool = {
  name: 'coursedock' | 'ltijs';
  login: string;
  launch: string;
  course?: string;
  stop: () => Promise<void>;
};
type Figures = { rates: number[]; times: number[] };

const agent = new Agent({ connections: flight, pipelining: 1 });
const dir = mkdtempSync(join(tmpdir(), 'coursedock-bench-'));
const store = await startEmbeddedStore({ dir: join(dir, 'store') });
const tools: Tool[] = [];
try {
  tools.push(await startCoursedock(), await startLtijs());
  console.log('JWKS after  tool          launches/s    p50 ms    p95 ms    ratio');
  for (const delay of [0, 100]) {
    jwksDelayMs = delay;
    const figures = await compare(tools);
    const [ours, theirs] = tools.map(({ name }) => figures[name]);
    for (const { name } of tools) {
      const { rates, times } = figures[name];
      const ratio = name === 'coursedock' ? median(ours!.rates) / median(theirs!.rates) : 1;
      const cells = [
        Math.round(median(rates)),
        at(times, 0.5).toFixed(1),
        at(times, 0.95).toFixed(1),
        ratio.toFixed(2),
      ];
      console.log(
        `${String(delay).padStart(7)} ms  ${name.padEnd(12)}${cells.map((cell) => String(cell).padStart(10)).join('')}`,
      );
    }
  }
} finally {
  for (const tool of tools) await tool.stop();
  await agent.close();
  await store.close();
  platform.close();
  rmSync(dir, { recursive: true, force: true });
}

async function compare(all: Tool[]): Promise<Record<Tool['name'], Figures>> {
  const figures = { coursedock: { rates: [], times: [] }, ltijs: { rates: [], times: [] } } as Record<
    Tool['name'],
    Figures
  >;
  for (let round = 0; round <= rounds; round++) {
    for (const tool of all) {
      const { rate, times } = await measure(tool, round);
      if (!round) continue; // the first round warms both up
      figures[tool.name].rates.push(rate);
      figures[tool.name].times.push(...times);
    }
  }
  return figures;
}

/** Logins, then the platform signs with the clock stopped, then launches and their first pages. */
async function measure(tool: Tool, round: number): Promise<{ rate: number; times: number[] }> {
  const users = Array.from({ length: launchesARound }, (_, i) => `user-${round}-${i}`);
  const logins = await timed(users, (user) => login(tool, user));
  const tokens = await Promise.all(logins.results.map(({ nonce }, i) => sign(tool, users[i]!, nonce)));
  const launches = await timed(users, (_, i) => launch(tool, logins.results[i]!, tokens[i]!, i));
  return {
    rate: (users.length / (logins.ms + launches.ms)) * 1000,
    times: users.map((_, i) => logins.times[i]! + launches.times[i]!),
  };
}

async function timed<I, O>(inputs: I[], run: (input: I, i: number) => Promise<O>) {
  const results: O[] = [];
  const times: number[] = [];
  let next = 0;
  const from = performance.now();
  const one = async () => {
    while (next < inputs.length) {
      const i = next++;
      const began = performance.now();
      results[i] = await run(inputs[i]!, i);
      times[i] = performance.now() - began;
    }
  };
  await Promise.all(Array.from({ length: flight }, one));
  return { results, times, ms: performance.now() - from };
}

type Login = { state: string; nonce: string; cookie: string };

async function login(tool: Tool, user: string): Promise<Login> {
  const answer = await post(tool.login, user, {
    iss: issuer,
    login_hint: user,
    target_link_uri: tool.launch,
    client_id: connection.client_id,
  });
  const asked = new URL(expect(answer, 302)).searchParams;
  return { state: asked.get('state')!, nonce: asked.get('nonce')!, cookie: cookies(answer) };
}

function sign(tool: Tool, user: string, nonce: string): Promise<string> {
  return new SignJWT({
    nonce,
    name: `Learner ${user}`,
    email: `${user}@example.org`,
    [claim('version')]: '1.3.0',
    [claim('message_type')]: 'LtiResourceLinkRequest',
    [claim('deployment_id')]: '1',
    [claim('target_link_uri')]: tool.launch,
    [claim('resource_link')]: { id: 'link-1', title: 'Bench' },
    [claim('context')]: { id: 'context-1', title: 'Bench' },
    [claim('roles')]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
    [claim('custom')]: { course: tool.course ?? '' },
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience(connection.client_id)
    .setSubject(user)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(pair.privateKey);
}

async function launch(tool: Tool, { state, cookie }: Login, id_token: string, i: number): Promise<void> {
  const answer = await post(tool.launch, `launch-${i}`, { state, id_token }, cookie);
  const location = new URL(expect(answer, tool.name === 'coursedock' ? 303 : 302), tool.launch);
  location.hash = '';
  const first = await request(location, {
    dispatcher: agent,
    headers: { Cookie: `${cookie}; ${cookies(answer)}` },
  });
  const text = await first.body.text();
  if (first.statusCode !== 200)
    throw new Error(`${tool.name}: ${location.pathname} answered ${first.statusCode}: ${text.slice(0, 300)}`);
}

/** Every learner sits at another address, so that no limit per address is in the way. */
async function post(
  url: string,
  who: string,
  form: Record<string, string>,
  cookie = '',
): Promise<Dispatcher.ResponseData & { text: string }> {
  let hash = 0;
  for (const letter of who) hash = (hash * 31 + letter.charCodeAt(0)) >>> 0;
  const answer = await request(url, {
    method: 'POST',
    dispatcher: agent,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'X-Forwarded-For': `10.${(hash >>> 16) & 255}.${(hash >>> 8) & 255}.${hash & 255}`,
      ...(cookie ? { Cookie: cookie } : {}),
    },
    body: new URLSearchParams(form).toString(),
  });
  return Object.assign(answer, { text: await answer.body.text() });
}

function expect(answer: Dispatcher.ResponseData & { text: string }, status: number): string {
  if (answer.statusCode !== status)
    throw new Error(`Answered ${answer.statusCode}, not ${status}: ${answer.text.slice(0, 2000)}`);
  return String(answer.headers.location);
}

function cookies(answer: Dispatcher.ResponseData): string {
  const set = [answer.headers['set-cookie'] ?? []].flat();
  return set.map((one) => one.split(';')[0]).join('; ');
}

/** As `npm start` runs it, with the platform from lti-config.json and one course. */
async function startCoursedock(): Promise<Tool> {
  const home = mkdtempSync(join(dir, 'coursedock-'));
  const platforms = [{ ...connection, deployment_ids: ['1'] }];
  writeFileSync(join(home, 'lti-config.json'), JSON.stringify({ platforms }));
  const port = await freePort();
  const cli = join(import.meta.dirname, '../src/cli.ts');
  const options = {
    cwd: home,
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: join(home, 'data'),
      MONGODB_URL: named(store.url, 'coursedock'),
      TRUST_PROXY: 'true',
      LOG_LEVEL: 'warn',
    },
    silent: true,
  };
  const zip = join(home, 'course.zip');
  writeFileSync(zip, scorm12Package({ title: 'Bench' }));
  const child = fork(cli, ['start'], options);
  await printed(child, 'Coursedock is ready');
  const course = (await printed(fork(cli, ['course', 'import', zip], options), '\n')).trim();
  const url = `http://localhost:${port}`;
  return {
    name: 'coursedock',
    login: `${url}/lti/login`,
    launch: `${url}/lti/launch`,
    course,
    stop: () => end(child),
  };
}

async function startLtijs(): Promise<Tool> {
  const port = await freePort();
  const child = fork(join(import.meta.dirname, 'support/ltijs-tool.cjs'), {
    env: {
      ...process.env,
      PORT: String(port),
      MONGODB_URL: named(store.url, 'ltijs'),
      PLATFORM: JSON.stringify(connection),
    },
    silent: true,
  });
  await printed(child, 'ready');
  const url = `http://localhost:${port}`;
  return { name: 'ltijs', login: `${url}/login`, launch: `${url}/`, stop: () => end(child) };
}

function named(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** What a process prints, once it has printed this. */
async function printed(child: ChildProcess, text: string): Promise<string> {
  let [out, errors] = ['', ''];
  const done = Promise.withResolvers<string>();
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk));
  child.stdout!.on('data', (chunk: Buffer) => {
    out += chunk;
    if (out.includes(text)) done.resolve(out);
  });
  child.once('exit', (code) => done.reject(new Error(`It stopped (${code}): ${out}${errors}`)));
  return done.promise;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}

function median(values: number[]): number {
  return at(values, 0.5);
}

function at(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}
