import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { logBatches, logTotals, type LogBatch, type LogLine, type LogTotals } from './log.model.ts';

// The log of an attempt: what its course called and what was answered. Kept only while somebody wants it, for support.

type Store = Pick<Context, 'db' | 'now'>;

/** It switches itself off: nobody means to keep what a learner does for ever. */
const day = 24 * 3600 * 1000;
/** So much is kept of one attempt; the oldest goes for the newest. */
export const logLimits = { lines: 5_000, bytes: 2 * 1024 * 1024 };

export function isLogged(ctx: Pick<Context, 'now'>, { log }: Pick<AttemptRecord, 'log'>): boolean {
  return log !== undefined && log.until > ctx.now();
}

/** Switches an attempt's log on for a day, or off. What was kept stays. */
export async function switchLog(
  ctx: Store,
  workspace: string,
  attempt: string,
  { on, by }: { on: boolean; by: string },
): Promise<void> {
  const mine = { _id: attempt, workspace };
  const now = ctx.now();
  const until = new Date(now.getTime() + day);
  const switched = on
    ? await attempts(ctx.db).updateOne(mine, { $set: { log: { by, at: now, until } } })
    : await attempts(ctx.db).updateOne(
        { ...mine, 'log.until': { $gt: now } },
        { $set: { 'log.until': now } },
      );
  const isThere = switched.matchedCount > 0 || (!on && (await attempts(ctx.db).exists(mine)) !== null);
  if (!isThere) throw new NotFound(t('attempts.attempt'));
  if (on) await countAnew(ctx, attempt);
}

/** Keeps lines under a name of their own; sent again, they are kept once. Beyond the limits the oldest go. */
export async function keepLines(
  ctx: Store,
  { id, attempt, launch, lines }: { id: string; attempt: string; launch?: string; lines: LogLine[] },
): Promise<void> {
  const text = JSON.stringify(lines);
  const [count, bytes] = [lines.length, Buffer.byteLength(text)];
  const failed = lines.filter(({ error }) => error !== undefined).length;
  const batch: LogBatch = {
    _id: id,
    attempt,
    ...(launch ? { launch } : {}),
    from: lines[0]!.at,
    count,
    failed,
    bytes,
    lines: text,
    keptAt: ctx.now(),
  };
  try {
    await logBatches(ctx.db).create(batch);
  } catch (error) {
    if (isDuplicate(error)) return;
    throw error;
  }
  await trim(ctx, await addUp(ctx, attempt, { lines: count, bytes }));
}

async function addUp(
  ctx: Store,
  attempt: string,
  more: Partial<Pick<LogTotals, 'lines' | 'bytes' | 'dropped'>>,
): Promise<LogTotals> {
  return (await logTotals(ctx.db)
    .findOneAndUpdate(
      { _id: attempt },
      { $inc: { lines: 0, bytes: 0, dropped: 0, ...more }, $set: { keptAt: ctx.now() } },
      { upsert: true, returnDocument: 'after' },
    )
    .lean<LogTotals>())!;
}

async function trim(ctx: Store, { _id: attempt, ...totals }: LogTotals): Promise<void> {
  for (let { lines, bytes } = totals; lines > logLimits.lines || bytes > logLimits.bytes;) {
    const oldest = await logBatches(ctx.db)
      .findOneAndDelete({ attempt }, { sort: { from: 1, _id: 1 } })
      .lean<LogBatch>();
    if (!oldest) return;
    ({ lines, bytes } = await addUp(ctx, attempt, {
      lines: -oldest.count,
      bytes: -oldest.bytes,
      dropped: oldest.count,
    }));
  }
}

/** What is there now, in numbers: batches that have expired are in the old ones still. */
async function countAnew(ctx: Store, attempt: string): Promise<void> {
  const batches = await logBatches(ctx.db).find({ attempt }, { count: 1, bytes: 1 }).lean<LogBatch[]>();
  const sum = (of: 'count' | 'bytes') => batches.reduce((total, batch) => total + batch[of], 0);
  await logTotals(ctx.db).updateOne({ _id: attempt }, { $set: { lines: sum('count'), bytes: sum('bytes') } });
}

export type LogView = { lines: LogLine[]; total: number; dropped: number; older: boolean };

/** The newest lines of a log in the order they came; `skip`: without so many of the newest. */
export async function readLog(
  ctx: Pick<Context, 'db'>,
  attempt: string,
  {
    limit = logLimits.lines * 2,
    skip = 0,
    errors = false,
  }: { limit?: number; skip?: number; errors?: boolean } = {},
): Promise<LogView> {
  const totals = await logTotals(ctx.db).findOne({ _id: attempt }).lean<LogTotals>();
  const newest: LogLine[] = [];
  const found = logBatches(ctx.db)
    .find({ attempt, ...(errors ? { failed: { $gt: 0 } } : {}) })
    .sort({ from: -1, _id: -1 })
    .lean<LogBatch>()
    .cursor({ batchSize: 20 });
  for await (const { lines } of found) {
    const all = JSON.parse(lines) as LogLine[];
    newest.push(...(errors ? all.filter(({ error }) => error !== undefined) : all).toReversed());
    if (newest.length > skip + limit) break;
  }
  return {
    lines: newest
      .slice(skip, skip + limit)
      .toReversed()
      .toSorted((a, b) => a.at - b.at),
    total: totals?.lines ?? 0,
    dropped: totals?.dropped ?? 0,
    older: newest.length > skip + limit,
  };
}

/** Forgets what was kept of an attempt. */
export async function forgetLog(ctx: Pick<Context, 'db'>, attempt: string): Promise<void> {
  await logBatches(ctx.db).deleteMany({ attempt });
  await logTotals(ctx.db).deleteOne({ _id: attempt });
}
