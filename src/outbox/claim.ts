import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { never } from './call.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { lanes, type LaneRecord } from './lane.model.ts';

type World = Pick<Context, 'db' | 'now'>;

/** Milliseconds until what a dead process held is taken again. A living one renews its leases several times before. */
export const leaseTime = 30_000;
/** Held-back deliveries that are looked at to tell when the first is due; with more it is looked again in a second. */
const fewEnough = 200;

/** A lane in somebody's hands. */
export type HeldLane = Pick<LaneRecord, 'fails' | 'slow' | 'atOnce'> & {
  lane: string;
  lease: string;
  /** When its lease was last renewed. */
  renewedAt: number;
};

/** Takes a lane that has something due and that nobody holds: quick ones first, then whichever has waited longest. */
export async function takeLane(ctx: World, kinds: string[]): Promise<HeldLane | undefined> {
  const now = ctx.now();
  const lease = newId('lse');
  const row = await lanes(ctx.db)
    .findOneAndUpdate(
      { dueAt: { $lte: now }, leasedUntil: { $lte: now }, restUntil: { $lte: now }, kinds: { $in: kinds } },
      { $set: { lease, leasedUntil: until(ctx), servedAt: now } },
      { sort: { slow: 1, servedAt: 1 }, returnDocument: 'after' },
    )
    .lean();
  if (!row) return undefined;
  const { _id: lane, fails, slow, atOnce } = row;
  return { lane, lease, fails, slow, atOnce, renewedAt: now.getTime() };
}

/** The lane's next delivery, leased to its holder; undefined when nothing is due or the lane was lost. */
export async function takeDelivery(
  ctx: World,
  held: HeldLane,
  kinds: string[],
): Promise<DeliveryRecord | undefined> {
  if (!(await stillHeld(ctx, held))) return undefined;
  const row = await deliveries(ctx.db)
    .findOneAndUpdate(
      { ...dueAt(ctx.now(), kinds), lane: held.lane },
      { $set: { lease: held.lease, leasedUntil: until(ctx) }, $inc: { tries: 1 } },
      { sort: { nextAt: 1 }, returnDocument: 'after' },
    )
    .lean<DeliveryRecord>();
  return row ?? undefined;
}

/** Renews the lane's lease where that is due. */
async function stillHeld(ctx: World, held: HeldLane): Promise<boolean> {
  const now = ctx.now().getTime();
  if (now - held.renewedAt < leaseTime / 3) return true;
  const kept = await lanes(ctx.db).updateOne(
    { _id: held.lane, lease: held.lease },
    { $set: { leasedUntil: until(ctx) } },
  );
  held.renewedAt = now;
  return kept.matchedCount > 0;
}

/** Whoever is still at it says so. */
export async function keepLease(ctx: World, held: HeldLane, delivery: string): Promise<void> {
  const { lane, lease } = held;
  await lanes(ctx.db).updateOne({ _id: lane, lease }, { $set: { leasedUntil: until(ctx) } });
  await deliveries(ctx.db).updateOne({ _id: delivery, lease }, { $set: { leasedUntil: until(ctx) } });
}

/** Gives a lane back in which something is still due; with `restUntil` it stays shut until then. */
export async function pauseLane(
  ctx: World,
  { lane, lease, fails, slow }: HeldLane,
  restUntil = new Date(0),
): Promise<void> {
  const left = { leasedUntil: new Date(0), restUntil, fails, slow };
  await lanes(ctx.db).updateOne({ _id: lane, lease }, { $set: left });
}

/** Gives a lane back in which nothing more was found to be due. `served`: something had been, before. */
export async function leaveLane(ctx: World, held: HeldLane, served: boolean): Promise<void> {
  const { lane, lease, fails, slow } = held;
  const seen = await lanes(ctx.db).findOne({ _id: lane, lease }, { calls: 1 }).lean();
  if (!seen) return;
  const next = await nextDue(ctx, lane);
  const now = ctx.now().getTime();
  // What is due and was not found is of a kind that others deliver: they have a second for it.
  const dueAt = new Date(next <= now && !served ? now + 1000 : next);
  const left = { dueAt, leasedUntil: new Date(0), fails, slow };
  const isLeft = await lanes(ctx.db).updateOne({ _id: lane, lease, calls: seen.calls }, { $set: left });
  // Something came meanwhile: the lane is due as it was.
  if (isLeft.matchedCount === 0) await pauseLane(ctx, held);
}

/** When a lane's next delivery may be sent. */
async function nextDue(ctx: World, lane: string): Promise<number> {
  const now = ctx.now();
  const waiting = { status: 'waiting' as const, lane };
  const [held, later] = await Promise.all([
    deliveries(ctx.db)
      .find({ ...waiting, nextAt: { $lte: now } }, { nextAt: 1, notBefore: 1, leasedUntil: 1 })
      .sort({ nextAt: 1 })
      .limit(fewEnough)
      .lean<Pick<DeliveryRecord, 'nextAt' | 'notBefore' | 'leasedUntil'>[]>(),
    deliveries(ctx.db)
      .findOne({ ...waiting, nextAt: { $gt: now } }, { nextAt: 1 })
      .sort({ nextAt: 1 })
      .lean<Pick<DeliveryRecord, 'nextAt'>>(),
  ]);
  const times = held.map((row) => latest(row.nextAt, row.notBefore, row.leasedUntil));
  if (later) times.push(later.nextAt.getTime());
  if (held.length === fewEnough) times.push(now.getTime() + 1000);
  return Math.min(never.getTime(), ...times);
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

function latest(...times: (Date | undefined)[]): number {
  return Math.max(...times.map((time) => time?.getTime() ?? 0));
}

function until(ctx: World): Date {
  return new Date(ctx.now().getTime() + leaseTime);
}
