import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { checks, type CheckRecord } from './check.model.ts';
import { lookAt, type KnownLink, type Look } from './doctor.ts';
import type { PlatformRecord } from './platform.model.ts';

type World = Look & Pick<Context, 'log'>;

/** A look takes half a minute at most (each answer is waited for ten seconds, and three follow on one another). */
const longest = 60_000;

/**
 * Begins a look at a connection, unless one is under way, here or in another process. What it finds is kept part by part, so that
 * a page can show how far it is. `finished` is for who wants to wait; a look whose process ends is over after a minute.
 */
export async function beginCheck(
  ctx: World,
  platform: PlatformRecord,
  link: KnownLink | undefined,
): Promise<{ finished: Promise<void> } | undefined> {
  const id = await claim(ctx, platform._id);
  if (!id) return undefined;
  const mine = { _id: platform._id, 'run.id': id };
  const keep = async (change: object) => void (await checks(ctx.db).updateOne(mine, change));
  const finished = lookAt(ctx, platform, link, (part, findings) =>
    keep({ $set: { [`run.parts.${part}`]: findings } }),
  )
    .then((findings) => keep({ $set: { at: ctx.now(), findings }, $unset: { run: 1 } }))
    .catch(async (err: unknown) => {
      ctx.log.error({ err, platform: platform._id }, 'the check of a connection did not come to its end');
      await keep({ $set: { 'run.until': ctx.now() } }).catch(() => undefined);
    });
  return { finished };
}

export async function lastCheck(
  ctx: Pick<Context, 'db'>,
  platform: string,
): Promise<CheckRecord | undefined> {
  return (await checks(ctx.db).findOne({ _id: platform }).lean<CheckRecord>()) ?? undefined;
}

/** One at a time: whoever writes the run has it. */
async function claim(ctx: World, _id: string): Promise<string | undefined> {
  const now = ctx.now();
  const run = {
    id: newId('chk'),
    startedAt: now,
    until: new Date(now.getTime() + longest),
    parts: {},
  };
  const free = { _id, $or: [{ run: { $exists: false } }, { 'run.until': { $lte: now } }] };
  try {
    await checks(ctx.db).updateOne(free, { $set: { run }, $setOnInsert: { findings: [] } }, { upsert: true });
    return run.id;
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}
