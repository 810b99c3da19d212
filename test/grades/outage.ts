import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { openContext, type Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { queueGrade, type GradedLink } from '../../src/grades/queue.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { lanes } from '../../src/outbox/lane.model.ts';
import { wakeWorkers } from '../../src/outbox/wake.ts';
import { startWorker } from '../../src/outbox/worker.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { makeRandom, type Random } from '../store/random.ts';
import { makeClock } from '../support/clock.ts';
import { connectLms } from './connected.ts';
import { makeLms, networkOf, type Asked, type Lms } from './lms.ts';

const minute = 60_000;
const hour = 60 * minute;
/** The workers look round so often, in milliseconds. */
const tick = 20_000;
const isScore = ({ url }: Asked) => url.pathname.endsWith('/scores');
const status = (code: number, headers: Record<string, string> = {}, body = '') =>
  new Response(body, { status: code, headers });

type Trouble = (lms: Lms, random: Random, at: () => number) => Lms['trouble'];

/** What may be wrong with an LMS; `at` is the time since the beginning. */
const troubles: Record<string, { family: Lms['family']; trouble: Trouble }> = {
  well: { family: 'moodle', trouble: () => () => undefined },
  'well too': { family: 'canvas', trouble: () => () => undefined },
  'down for six hours': {
    family: 'moodle',
    trouble: (_lms, _random, at) => () => {
      if (at() > 10 * minute && at() < 6 * hour) throw new TypeError('fetch failed');
      return undefined;
    },
  },
  'in maintenance until a date': {
    family: 'blackboard',
    trouble: (_lms, random, at) => () => {
      if (at() < 5 * minute || at() > 2 * hour) return undefined;
      return random.chance(2)
        ? status(503, { 'Retry-After': '120' })
        : status(503, { 'Retry-After': 'Soon' });
    },
  },
  'forgetting its tokens': {
    family: 'moodle',
    trouble: (_lms, random) => (asked) =>
      asked.url.pathname !== '/token' && random.chance(10) ? status(401) : undefined,
  },
  'a busy Canvas': {
    family: 'canvas',
    trouble: (_lms, random) => () =>
      random.chance(50)
        ? status(403, { 'X-Rate-Limit-Remaining': '0' }, '403 Forbidden (Rate Limit Exceeded)')
        : undefined,
  },
  'ahead of the time': {
    family: 'moodle',
    trouble: (lms) => {
      lms.ahead = 40_000;
      return () => undefined;
    },
  },
  'cutting its answers': {
    family: 'moodle',
    trouble: (_lms, random) => () => (random.chance(10) ? 'half' : undefined),
  },
  'taking scores and losing the answers': {
    family: 'moodle',
    trouble: (_lms, random) => (asked) => (isScore(asked) && random.chance(10) ? 'lost' : undefined),
  },
  'failing now and then': {
    family: 'blackboard',
    trouble: (_lms, random) => () => {
      if (random.chance(100)) return status(429, { 'Retry-After': '3' });
      return random.chance(20) ? status(500, {}, '<h1>Oops</h1>') : undefined;
    },
  },
  'refusing some learners': {
    family: 'canvas',
    trouble: () => (asked) =>
      isScore(asked) && asked.body.includes('"userId":"u1"') ? status(422) : undefined,
  },
};

/** `within`: all learners finish in so many milliseconds. */
export type Size = { columns: number; learners: number; within: number; seed: number };
/** What came of it: by LMS, the longest that a grade took from the learner to the gradebook, and the requests it cost. */
export type Report = Record<
  string,
  { grades: number; changes: number; slowest: number; asked: number; tokens: number }
>;

type Change = { lms: Lms; link: GradedLink; column: string; learner: string; score: number; at: number };

/**
 * Learners finish, on eleven LMSs of which nine are in some trouble; two processes on one store send
 * their grades until none waits. Every cell must end with the right last score, none sent by two at the same time, the
 * scores of a cell in order and a second apart, and no LMS held up by another's trouble.
 */
export async function surviveOutage({ columns, learners, within, seed }: Size): Promise<Report> {
  const random = makeRandom(seed);
  const clock = makeClock();
  const begun = clock.now().getTime();
  const at = () => clock.now().getTime() - begun;
  const all = Object.entries(troubles).map(([name, { family, trouble }], i) => {
    const lms = makeLms(`https://lms${i}.example`, family, clock.now);
    return { name, lms, begin: () => void (lms.trouble = trouble(lms, random, at)) };
  });
  const processes = await openTwo({ now: clock.now, fetch: networkOf(all.map(({ lms }) => lms)) });
  const [ctx] = processes.contexts;
  const workers = processes.contexts.map((one) => startWorker(one, { grade: deliverGrade }));
  try {
    const changes: Change[] = [];
    for (const { lms, begin } of all) {
      const { link } = await connectLms(ctx!, lms);
      begin();
      for (let c = 0; c < columns; c++)
        changes.push(
          ...changesOf(random, {
            lms,
            column: `c${c}`,
            learners,
            within,
            link: link(`c${c}`, { keep: 'last' }),
          }),
        );
    }
    changes.sort((a, b) => a.at - b.at);
    const pass = async (ms: number) => {
      clock.advance(ms);
      await untilIdle(processes.contexts);
    };
    for (let next = 0; next < changes.length;) {
      const now = changes.slice(next).findIndex((change) => change.at > at());
      const due = changes.slice(next, now < 0 ? undefined : next + now);
      await queueAll(processes.contexts, due, next);
      next += due.length;
      await pass(tick);
    }
    for (let wait = await nextWork(ctx!); wait !== undefined; wait = await nextWork(ctx!)) {
      assert.ok(at() < 24 * hour, 'still waiting after a day');
      await pass(Math.max(wait - clock.now().getTime(), 1000));
    }
    await check(ctx!, changes);
    return Object.fromEntries(all.map(({ name, lms }) => [name, reportOf(lms, changes, begun)]));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await processes.close();
  }
}

/** Each learner finishes once, a third of them again. */
function changesOf(
  random: Random,
  {
    learners,
    within,
    ...where
  }: { lms: Lms; column: string; learners: number; within: number; link: GradedLink },
): Change[] {
  return Array.from({ length: learners }, (_, i) => `u${i}`).flatMap((learner) => {
    const times = Array.from({ length: random.chance(3) ? 2 : 1 }, () => random.below(within)).sort(
      (a, b) => a - b,
    );
    return times.map((at) => ({ ...where, learner, at, score: 0.01 + random.below(100) / 100 }));
  });
}

async function queueAll(contexts: Context[], changes: Change[], revision: number): Promise<void> {
  for (let i = 0; i < changes.length; i += 50) {
    await Promise.all(
      changes.slice(i, i + 50).map(({ link, learner, score }, k) => {
        const progress: Progress = { completion: 'completed', success: 'unknown', score, seconds: 1 };
        const attempt = {
          _id: `att_${link._id}_${learner}`,
          number: 1,
          graded: true,
          revision: revision + i + k,
        };
        return queueGrade(contexts[k % 2]!, {
          link,
          learner: { _id: `lrn_${learner}`, sub: learner },
          attempt,
          progress,
        });
      }),
    );
  }
}

/** Two contexts on one store, as two processes have them. */
async function openTwo(overrides: Partial<Context>) {
  const dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
  const config = readConfig({ DATA_DIR: dataDir });
  const log = pino({ level: 'silent' });
  const one = await openContext(config, { log, ...overrides });
  const two = await openContext(config, { log, ...overrides });
  return {
    contexts: [one.ctx, two.ctx],
    close: async () => {
      await two.close();
      await one.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Until no worker can do anything before time goes on. */
async function untilIdle(contexts: Context[]): Promise<void> {
  for (;;) {
    const [ctx] = contexts;
    const now = ctx!.now();
    const busy = await lanes(ctx!.db).exists({
      $or: [{ leasedUntil: { $gt: now } }, { dueAt: { $lte: now }, restUntil: { $lte: now } }],
    });
    if (!busy) return;
    for (const one of contexts) wakeWorkers(one.db);
    await pause(5);
  }
}

/** When there is something to do next; undefined: nothing waits. */
async function nextWork(ctx: Context): Promise<number | undefined> {
  if (!(await deliveries(ctx.db).exists({ status: 'waiting' }))) return undefined;
  const all = await lanes(ctx.db).find({}).lean();
  return Math.min(...all.map(({ dueAt, restUntil }) => Math.max(dueAt.getTime(), restUntil.getTime())));
}

/** Every cell is right, and everything on the way there was. */
async function check(ctx: Context, changes: Change[]): Promise<void> {
  const cells = Map.groupBy(changes, keyOf);
  const lmss = [...new Set(changes.map((change) => change.lms))];
  for (const lms of lmss) assert.deepEqual(lms.collisions, [], `${lms.url}: two at once`);
  const sent = Map.groupBy(
    lmss.flatMap((lms) => lms.sent.map((one) => ({ lms, ...one }))),
    ({ lms, column, score }) => keyOf({ lms, column, learner: score.userId }),
  );
  const rows = await deliveries(ctx.db).find({}).lean<DeliveryRecord[]>();
  assert.equal(rows.length, cells.size);
  for (const [key, here] of cells) {
    const { lms, column, learner, score } = here.at(-1)!;
    const taken = (sent.get(key) ?? []).filter(({ status: code }) => code === 200);
    checkOrder(key, taken, here);
    const cell = lms.cell(column, learner);
    if (isRefused(lms, learner)) assert.equal(cell, undefined, key);
    else assert.equal(cell?.points?.toFixed(3), (score * 100).toFixed(3), key);
  }
  for (const { status: is, about, answers } of rows) {
    const refused = is === 'given up' && answers.at(-1)?.status === 422;
    assert.ok(is === 'delivered' || refused, JSON.stringify({ is, about, answers }));
  }
}

/** The scores of a cell that were taken: each a second after the one before, and none older than one before it. */
function checkOrder(key: string, taken: Lms['sent'], changes: Change[]): void {
  const order = changes.map(({ score }) => score.toFixed(3));
  for (const [i, { score }] of taken.entries()) {
    const before = taken[i - 1]?.score;
    if (!before) continue;
    const apart = Date.parse(score.timestamp) - Date.parse(before.timestamp);
    assert.ok(apart >= 1000, `${key}: ${apart} ms apart`);
    const [is, was] = [score, before].map(({ scoreGiven }) =>
      order.lastIndexOf((scoreGiven! / 100).toFixed(3)),
    );
    assert.ok(is! >= was!, `${key}: an older score after a newer one`);
  }
}

/** No LMS was held up by another's trouble, and none was flooded. */
export function checkReport(report: Report): void {
  for (const [name, { slowest, asked, changes, tokens }] of Object.entries(report)) {
    const trouble = { 'down for six hours': 6 * hour, 'in maintenance until a date': 2 * hour }[name] ?? 0;
    // Two changes of one cell within a minute may be half a minute apart.
    const most = (trouble + (name.startsWith('well') ? minute : 15 * minute)) / 1000;
    assert.ok(slowest <= most, `${name}: a grade took ${slowest} s`);
    assert.ok(asked <= 4 * changes + 200, `${name} was asked ${asked} times for ${changes} grades`);
    if (name !== 'forgetting its tokens') assert.ok(tokens < 20, `${name} gave ${tokens} tokens`);
  }
}

function reportOf(lms: Lms, changes: Change[], begun: number): Report[string] {
  const here = changes.filter((change) => change.lms === lms);
  const last = new Map(here.map((change) => [keyOf(change), change]));
  const late = [...last.values()].flatMap(({ column, learner, at }) => {
    const cell = lms.cell(column, learner);
    return cell ? [arrivedAt(lms, column, learner) - begun - at] : [];
  });
  const slowest = Math.round(Math.max(...late) / 1000);
  return { grades: last.size, changes: here.length, slowest, asked: lms.asked.length, tokens: lms.tokens };
}

/** When the last score came that is in a cell. */
function arrivedAt(lms: Lms, column: string, learner: string): number {
  const taken = lms.sent.filter(
    (one) => one.column === column && one.score.userId === learner && one.status === 200,
  );
  const { scoreGiven } = taken.at(-1)!.score;
  return taken.find(({ score }) => score.scoreGiven === scoreGiven)!.at - lms.ahead;
}

function isRefused(lms: Lms, learner: string): boolean {
  return (
    learner === 'u1' &&
    lms.url === `https://lms${Object.keys(troubles).indexOf('refusing some learners')}.example`
  );
}

function keyOf({ lms, column, learner }: Pick<Change, 'lms' | 'column' | 'learner'>): string {
  return `${lms.url} ${column} ${learner}`;
}
