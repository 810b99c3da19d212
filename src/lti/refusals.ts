import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import type { AppError } from '../web/errors.ts';
import { platformsAt, findPlatformBy } from './platforms.ts';
import { refusals, type RefusalRecord } from './refusal.model.ts';
import { readState } from './state.ts';

type World = Pick<Context, 'db' | 'now' | 'secret'>;

/** Milliseconds in which the same refusal is noted once by one process. */
const seldom = 1000;
const noted = new WeakMap<Context['db'], Map<string, { at: number; more: number }>>();

/** What somebody came with who was refused: the parameters of a login, or of a launch. */
export type Refused = { state?: unknown; iss?: unknown; client_id?: unknown };

/** Notes a refusal with the platform it came from, if that can be told and is ours. */
export async function noteRefusal(ctx: World, error: AppError, came: Refused): Promise<void> {
  const platform = await platformOf(ctx, came);
  if (!platform) return;
  const _id = `${platform} ${error.code}`;
  const count = countOf(ctx, _id);
  if (count === 0) return;
  const { code, message: title, detail = '', faults = [], members: { hosts } = {} } = error;
  const last = {
    title,
    detail,
    faults: faults.slice(0, 20),
    lastAt: ctx.now(),
    ...(typeof hosts === 'string' && { hosts }),
  };
  const change = {
    $set: last,
    $inc: { count },
    $setOnInsert: { platform, code, firstAt: ctx.now() },
  };
  try {
    await refusals(ctx.db).updateOne({ _id }, change, { upsert: true });
  } catch (duplicate) {
    if (!isDuplicate(duplicate)) throw duplicate;
    await refusals(ctx.db).updateOne({ _id }, change);
  }
}

/** Why launches of a platform were refused within a month, the latest first. */
export async function listRefusals(ctx: Pick<Context, 'db'>, platform: string): Promise<RefusalRecord[]> {
  return refusals(ctx.db).find({ platform }).sort({ lastAt: -1 }).limit(20).lean<RefusalRecord[]>();
}

async function platformOf(ctx: World, { state, iss, client_id }: Refused): Promise<string | undefined> {
  if (typeof state === 'string') return readState(ctx, state)?.platform;
  if (typeof iss !== 'string') return undefined;
  if (typeof client_id === 'string') return (await findPlatformBy(ctx, iss, client_id))?._id;
  const [only, ...others] = await platformsAt(ctx, iss);
  return others.length === 0 ? only?._id : undefined;
}

/** How many this note stands for; 0: it is too soon for one. */
function countOf({ db, now }: World, _id: string): number {
  const known = noted.get(db) ?? new Map<string, { at: number; more: number }>();
  noted.set(db, known);
  const at = now().getTime();
  const last = known.get(_id);
  if (last && at - last.at < seldom) {
    last.more += 1;
    return 0;
  }
  if (known.size > 10_000) known.clear();
  known.set(_id, { at, more: 0 });
  return 1 + (last?.more ?? 0);
}
