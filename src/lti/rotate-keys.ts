import type { Context } from '../context.ts';
import { keys } from './key.model.ts';
import { keysOf, makeKey } from './keys.ts';
import { platforms, type PlatformRecord } from './platform.model.ts';

type World = Pick<Context, 'db' | 'secret' | 'now'>;

/** Platforms keep what they fetched of our keys for a while: a key is published this long before and after it is used. */
const overlap = 24 * 3600_000;

/** `rotated` platforms have a new key; the others were given theirs by a rotation that is still under way. */
export type Rotation = { rotated: number; underWay: number; usedFrom: Date; publishedUntil: Date };

/**
 * A new key for every platform: published now, used from tomorrow on, when the old ones have another day to be known.
 * `atOnce`: somebody else may have the old keys. The new ones are used now, and the old ones published no longer.
 */
export async function rotateKeys(ctx: World, { atOnce = false } = {}): Promise<Rotation> {
  const now = ctx.now().getTime();
  const usedFrom = new Date(atOnce ? now : now + overlap);
  const publishedUntil = new Date(atOnce ? now : now + 2 * overlap);
  let rotated = 0;
  const all = await platforms(ctx.db).find({}).sort({ createdAt: 1 }).lean();
  for (const platform of all) {
    if (await rotate(ctx, platform, { atOnce, usedFrom, publishedUntil })) rotated += 1;
  }
  if (atOnce) await keys(ctx.db).deleteMany({ issuer: { $exists: false }, createdAt: { $lte: usedFrom } });
  return { rotated, underWay: all.length - rotated, usedFrom, publishedUntil };
}

/** The new key first: whatever ends us in between, there is one to sign with. */
async function rotate(
  ctx: World,
  { kid, issuer, clientId }: PlatformRecord,
  { atOnce, usedFrom, publishedUntil }: { atOnce: boolean; usedFrom: Date; publishedUntil: Date },
): Promise<boolean> {
  const before = await keysOf(ctx, kid);
  if (!atOnce && before.some((key) => key.usedFrom && key.usedFrom > ctx.now())) return false;
  await makeKey(ctx, { issuer, clientId, of: kid, usedFrom });
  const old = { _id: { $in: before.map(({ _id }) => _id) } };
  const isLonger = [{ publishedUntil: { $exists: false } }, { publishedUntil: { $gt: publishedUntil } }];
  await keys(ctx.db).updateMany({ ...old, $or: isLonger }, { $set: { publishedUntil } });
  return true;
}
