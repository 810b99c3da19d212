/**
 * `npm run bench launch [ROUNDS]`: launches a second (login, launch, first page; 64 in flight, every learner new) of Coursedock and of
 * ltijs 5.9.9, each a process of its own on the same store, from the same platform, whose JWKS answers after 0 ms and after
 * 100 ms. The platform signs between login and launch, and the clock stands still meanwhile: signing is the LMS's work, and costs
 * more than all the rest. They take turns, round by round, and every round lasts about as long, whoever's it is: a process that
 * has waited takes a good part of a second until it is as quick as it can be, and with a round of as many launches that would be
 * all of a quick one's, and little of a slow one's.
 *
 * Three requests of each: login (answered 302), launch (a redirect), and the page it leads to. ltijs' page finds its session
 * again; Coursedock's is the player, the same for everybody, which then asks for its attempt: the line "and opened" counts that fourth
 * request, too. ltijs has stored two rows of the launch then; Coursedock a learner, an attempt and its launch. "in memory" is
 * ltijs without any store. CPU is the tool's own, of a launch; client and store share the machine with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request, type Dispatcher } from 'undici';
import { startEmbeddedStore } from '../src/store/embedded/start.ts';
import { startPlatform } from './support/lti-platform.ts';
import { startCoursedock, startLtijs, type Tool } from './support/lti-tools.ts';

const flight = 64;
/** Of a first round; later ones have as many as go in `roundMs`. */
const launchesAtFirst = 640;
const roundMs = 2_000;
/** Rounds that do not count: until then the processor's time of a launch falls with every round, by half in the end. */
const warmUp = 10;
const rounds = Number(process.argv[2] ?? 5);

/** A line of the table: a tool, and how far a launch of it goes. */
type Contender = { name: string; tool: Tool; opens: boolean; launches: number };
type Figures = { rates: number[]; times: number[]; cpu: number[] };

const platform = await startPlatform();
const agent = new Agent({ connections: flight, pipelining: 1 });
const dir = mkdtempSync(join(tmpdir(), 'coursedock-bench-'));
const store = await startEmbeddedStore({ dir: join(dir, 'store') });
const tools: Tool[] = [];
try {
  tools.push(await startCoursedock(dir, store.url, platform.connection));
  tools.push(
    await startLtijs(store.url, platform.connection),
    await startLtijs(undefined, platform.connection),
  );
  const [coursedock] = tools;
  const contenders: Contender[] = tools.map((tool) => contend(tool.name, tool));
  contenders.splice(1, 0, contend('… and opened', coursedock!, true));
  console.log('JWKS after  tool              launches/s    p50 ms    p95 ms    CPU ms   to ltijs');
  for (const delay of [0, 100]) {
    platform.delayMs = delay;
    print(delay, await compare(contenders));
  }
} finally {
  for (const tool of tools) await tool.stop();
  await agent.close();
  await store.close();
  platform.stop();
  rmSync(dir, { recursive: true, force: true });
}

function contend(name: string, tool: Tool, opens = false): Contender {
  return { name, tool, opens, launches: launchesAtFirst };
}

async function compare(contenders: Contender[]): Promise<Map<string, Figures>> {
  const all = new Map(contenders.map(({ name }) => [name, { rates: [], times: [], cpu: [] } as Figures]));
  for (let round = -warmUp; round < rounds; round++) {
    for (const contender of contenders) {
      const { rate, times, cpu } = await measure(contender, round);
      contender.launches = Math.round((rate * roundMs) / 1000);
      if (round < 0) continue;
      const figures = all.get(contender.name)!;
      figures.rates.push(rate);
      figures.times.push(...times);
      figures.cpu.push(cpu);
    }
  }
  return all;
}

function print(delay: number, all: Map<string, Figures>): void {
  const peer = median(all.get('ltijs')!.rates);
  for (const [name, { rates, times, cpu }] of all) {
    const cells = [
      Math.round(median(rates)),
      at(times, 0.5).toFixed(1),
      at(times, 0.95).toFixed(1),
      median(cpu).toFixed(2),
      (median(rates) / peer).toFixed(2),
    ];
    const line = cells.map((cell) => String(cell).padStart(10)).join('');
    console.log(`${String(delay).padStart(7)} ms  ${name.padEnd(18)}${line}`);
  }
}

/** Logins, then the platform signs with the clock stopped, then launches and what they lead to. */
async function measure({ name, tool, opens, launches: count }: Contender, round: number) {
  const run = `${name}-${platform.delayMs}-${round}`.replaceAll(/\W+/g, '-');
  const users = Array.from({ length: count }, (_, i) => `user-${run}-${i}`);
  const logins = await timed(tool, users, (user) => login(tool, user));
  const tokens = await Promise.all(
    logins.results.map(({ nonce }, i) => platform.sign(tool, users[i]!, nonce)),
  );
  const launches = await timed(tool, users, (_, i) => launch(tool, logins.results[i]!, tokens[i]!, i, opens));
  return {
    rate: (users.length / (logins.ms + launches.ms)) * 1000,
    times: users.map((_, i) => logins.times[i]! + launches.times[i]!),
    cpu: (logins.cpu + launches.cpu) / users.length,
  };
}

async function timed<I, O>(tool: Tool, inputs: I[], run: (input: I, i: number) => Promise<O>) {
  const results: O[] = [];
  const times: number[] = [];
  let next = 0;
  const [from, cpu] = [performance.now(), tool.cpu()];
  const one = async () => {
    while (next < inputs.length) {
      const i = next++;
      const began = performance.now();
      results[i] = await run(inputs[i]!, i);
      times[i] = performance.now() - began;
    }
  };
  await Promise.all(Array.from({ length: flight }, one));
  return { results, times, ms: performance.now() - from, cpu: tool.cpu() - cpu };
}

type Login = { state: string; nonce: string; cookie: string };

async function login(tool: Tool, user: string): Promise<Login> {
  const answer = await post(tool.login, user, {
    iss: platform.connection.issuer,
    login_hint: user,
    target_link_uri: tool.launch,
    client_id: platform.connection.client_id,
  });
  const asked = new URL(leadsTo(answer)).searchParams;
  return { state: asked.get('state')!, nonce: asked.get('nonce')!, cookie: cookies(answer) };
}

async function launch(
  tool: Tool,
  { state, cookie }: Login,
  id_token: string,
  i: number,
  opens: boolean,
): Promise<void> {
  const answer = await post(tool.launch, `launch-${i}`, { state, id_token }, cookie);
  const page = new URL(leadsTo(answer), tool.launch);
  const token = page.hash.slice(1);
  page.hash = '';
  const shown = await expectOk(page, { headers: { Cookie: `${cookie}; ${cookies(answer)}` } });
  if (!shown.includes(tool.page)) throw new Error(`${page.href} is another page: ${shown.slice(0, 300)}`);
  if (opens)
    await expectOk(new URL('/play/open', page), {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
}

async function expectOk(url: URL, options: Parameters<typeof request>[1]): Promise<string> {
  const answer = await request(url, { dispatcher: agent, ...options });
  const text = await answer.body.text();
  if (answer.statusCode !== 200)
    throw new Error(`${url.href} answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  return text;
}

type Answer = Dispatcher.ResponseData & { text: string };

/** Every learner sits at another address, so that no limit per address is in the way. */
async function post(url: string, who: string, form: Record<string, string>, cookie = ''): Promise<Answer> {
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

function leadsTo(answer: Answer): string {
  if (answer.statusCode !== 302 && answer.statusCode !== 303)
    throw new Error(`Answered ${answer.statusCode}, no redirect: ${answer.text.slice(0, 2000)}`);
  return String(answer.headers.location);
}

function cookies(answer: Answer): string {
  const set = [answer.headers['set-cookie'] ?? []].flat();
  return set.map((one) => one.split(';')[0]).join('; ');
}

function median(values: number[]): number {
  return at(values, 0.5);
}

function at(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
}
