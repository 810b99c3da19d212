import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { lanes } from './lane.model.ts';

type World = Pick<Context, 'db' | 'now'>;

/** Milliseconds until what a dead process held is taken again. A living one renews its leases several times before. */
export const leaseTime = 30_000;

/** A lane in somebody's hands. */
export type HeldLane = { lane: string; lease: string; fails: number };

/** Takes a lane that has something due and that nobody holds, the longest waiting first. */
export async function takeLane(ctx: World, kinds: string[]): Promise<HeldLane | undefined> {
  for (;;) {
    const now = ctx.now();
    const shut = await lanes(ctx.db)
      .find({ $or: [{ leasedUntil: { $gt: now } }, { restUntil: { $gt: now } }] }, { _id: 1 })
      .lean();
    const due = await deliveries(ctx.db)
      .findOne({ ...dueAt(now, kinds), lane: { $nin: shut.map(({ _id }) => _id) } }, { lane: 1 })
      .sort({ nextAt: 1 })
      .lean();
    if (!due) return undefined;
    const held = await holdLane(ctx, due.lane);
    if (held) return held;
  }
}

async function holdLane(ctx: World, lane: string): Promise<HeldLane | undefined> {
  const now = ctx.now();
  const lease = newId('lse');
  try {
    const row = await lanes(ctx.db)
      .findOneAndUpdate(
        { _id: lane, leasedUntil: { $lte: now }, restUntil: { $lte: now } },
        { $set: { lease, leasedUntil: until(ctx) }, $setOnInsert: { restUntil: new Date(0), fails: 0 } },
        { upsert: true, returnDocument: 'after' },
      )
      .lean();
    return row ? { lane, lease, fails: row.fails } : undefined;
  } catch (error) {
    // The lane is there but not free: the upsert's insert met its `_id`.
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

/** The lane's next delivery, leased to its holder; undefined when nothing is due or the lane was lost. */
export async function takeDelivery(
  ctx: World,
  held: HeldLane,
  kinds: string[],
): Promise<DeliveryRecord | undefined> {
  const now = ctx.now();
  const kept = await lanes(ctx.db).updateOne(
    { _id: held.lane, lease: held.lease },
    { $set: { leasedUntil: until(ctx) } },
  );
  if (kept.matchedCount === 0) return undefined;
  const row = await deliveries(ctx.db)
    .findOneAndUpdate(
      { ...dueAt(now, kinds), lane: held.lane },
      { $set: { lease: held.lease, leasedUntil: until(ctx) }, $inc: { tries: 1 } },
      { sort: { nextAt: 1 }, returnDocument: 'after' },
    )
    .lean<DeliveryRecord>();
  return row ?? undefined;
}

/** Whoever is still at it says so. */
export async function keepLease(ctx: World, held: HeldLane, delivery: string): Promise<void> {
  const { lane, lease } = held;
  await lanes(ctx.db).updateOne({ _id: lane, lease }, { $set: { leasedUntil: until(ctx) } });
  await deliveries(ctx.db).updateOne({ _id: delivery, lease }, { $set: { leasedUntil: until(ctx) } });
}

/** Gives a lane back; with `restUntil` it stays shut until then. */
export async function leaveLane(
  ctx: World,
  { lane, lease, fails }: HeldLane,
  restUntil = new Date(0),
): Promise<void> {
  await lanes(ctx.db).updateOne(
    { _id: lane, lease },
    { $set: { leasedUntil: new Date(0), restUntil, fails } },
  );
}

/** Gives back what a dead process held. Only for a process that is alone on its store; others wait for the leases to run out. */
export async function endLeases(ctx: Pick<Context, 'db'>): Promise<void> {
  await lanes(ctx.db).updateMany({}, { $set: { leasedUntil: new Date(0) } });
  await deliveries(ctx.db).updateMany({ lease: { $exists: true } }, { $unset: { lease: 1, leasedUntil: 1 } });
}

/** Ends a lane's rest: somebody wants to know now. */
export async function openLane(ctx: Pick<Context, 'db'>, lane: string): Promise<void> {
  await lanes(ctx.db).updateOne({ _id: lane }, { $set: { restUntil: new Date(0) } });
}

function dueAt(now: Date, kinds: string[]) {
  return {
    status: 'waiting' as const,
    kind: { $in: kinds },
    nextAt: { $lte: now },
    $and: [
      { $or: [{ leasedUntil: { $exists: false } }, { leasedUntil: { $lte: now } }] },
      { $or: [{ notBefore: { $exists: false } }, { notBefore: { $lte: now } }] },
    ],
  };
}

function until(ctx: World): Date {
  return new Date(ctx.now().getTime() + leaseTime);
}
