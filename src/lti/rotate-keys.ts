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
 * `workspace`: those of one workspace only. `atOnce`: somebody else may have the old keys. The new ones are used now, and the old ones published no longer.
 */
export async function rotateKeys(
  ctx: World,
  { atOnce = false, by = 'cli', workspace }: { atOnce?: boolean; by?: string; workspace?: string } = {},
): Promise<Rotation> {
  const now = ctx.now().getTime();
  const usedFrom = new Date(atOnce ? now : now + overlap);
  const publishedUntil = new Date(atOnce ? now : now + 2 * overlap);
  let rotated = 0;
  const all = await platforms(ctx.db)
    .find(workspace === undefined ? {} : { workspace })
    .sort({ createdAt: 1 })
    .lean();
  for (const platform of all) {
    if (await rotate(ctx, platform, { atOnce, by, usedFrom, publishedUntil })) rotated += 1;
  }
  if (atOnce) await keys(ctx.db).deleteMany({ issuer: { $exists: false }, createdAt: { $lte: usedFrom } });
  return { rotated, underWay: all.length - rotated, usedFrom, publishedUntil };
}

/** The new key first: whatever ends us in between, there is one to sign with. */
async function rotate(
  ctx: World,
  { _id, kid, issuer, clientId }: PlatformRecord,
  {
    atOnce,
    by,
    usedFrom,
    publishedUntil,
  }: { atOnce: boolean; by: string; usedFrom: Date; publishedUntil: Date },
): Promise<boolean> {
  const before = await keysOf(ctx, kid);
  if (!atOnce && before.some((key) => key.usedFrom && key.usedFrom > ctx.now())) return false;
  if (!(await claim(ctx, _id, { atOnce, by, usedFrom }))) return false;
  await makeKey(ctx, { issuer, clientId, of: kid, usedFrom });
  const old = { _id: { $in: before.map(({ _id }) => _id) } };
  const isLonger = [{ publishedUntil: { $exists: false } }, { publishedUntil: { $gt: publishedUntil } }];
  await keys(ctx.db).updateMany({ ...old, $or: isLonger }, { $set: { publishedUntil } });
  return true;
}

/** Of two clicks, or two commands, at the same moment one makes the key. */
async function claim(
  ctx: World,
  _id: string,
  { atOnce, by, usedFrom }: { atOnce: boolean; by: string; usedFrom: Date },
): Promise<boolean> {
  const now = ctx.now();
  // Who died before the key was made holds up the next for a minute only.
  const free = [
    { rotated: { $exists: false } },
    { 'rotated.at': { $lte: new Date(now.getTime() - 60_000) } },
  ];
  const { modifiedCount } = await platforms(ctx.db).updateOne(atOnce ? { _id } : { _id, $or: free }, {
    $set: { rotated: { at: now, by, usedFrom } },
  });
  return modifiedCount > 0;
}

/** The keys of a workspace's platforms, as people need to know them. */
export type KeyState = {
  /** The oldest that signs now. */
  madeAt: Date;
  /** New ones are published, and used from then on. */
  usedFrom?: Date;
  /** Old ones are published until then. */
  oldUntil?: Date;
};

export async function keyState(ctx: World, workspace: string): Promise<KeyState | undefined> {
  const now = ctx.now();
  const kids = (await platforms(ctx.db).find({ workspace }).lean()).map(({ kid }) => kid);
  const all = await keys(ctx.db)
    .find({ $or: [{ _id: { $in: kids } }, { of: { $in: kids } }] })
    .lean();
  const signing = kids.flatMap((kid) => {
    const own = all.filter(
      ({ _id, of, usedFrom }) => (_id === kid || of === kid) && !(usedFrom && usedFrom > now),
    );
    return own.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime()).slice(-1);
  });
  const madeAt = earliest(signing.map(({ createdAt }) => createdAt));
  if (!madeAt) return undefined;
  return {
    madeAt,
    usedFrom: earliest(all.flatMap(({ usedFrom }) => (usedFrom && usedFrom > now ? usedFrom : []))),
    oldUntil: earliest(all.flatMap(({ publishedUntil: end }) => (end && end > now ? end : []))),
  };
}

function earliest(dates: Date[]): Date | undefined {
  return dates.toSorted((a, b) => a.getTime() - b.getTime())[0];
}
