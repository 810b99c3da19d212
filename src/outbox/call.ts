import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { lanes } from './lane.model.ts';

type Called = Pick<DeliveryRecord, 'lane' | 'kind'> & { dueAt: Date; atOnce?: number };

/** When there is nothing to do in a lane. */
export const never = new Date('9999-12-31T23:59:59Z');
const longAgo = new Date(0);

/** Tells a lane that something in it will be due. Called after the delivery is stored; a crash in between is mended by {@link callAll}. */
export async function callLane(
  ctx: Pick<Context, 'db'>,
  { lane, kind, dueAt, atOnce }: Called,
): Promise<void> {
  const idle = { leasedUntil: longAgo, restUntil: longAgo, servedAt: longAgo, fails: 0, slow: 0 };
  const change = {
    $min: { dueAt },
    $inc: { calls: 1 },
    $addToSet: { kinds: kind },
    ...(atOnce === undefined ? {} : { $set: { atOnce } }),
    $setOnInsert: { ...idle, ...(atOnce === undefined ? { atOnce: 1 } : {}) },
  };
  try {
    await lanes(ctx.db).updateOne({ _id: lane }, change, { upsert: true });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // Two were the first at once.
    await lanes(ctx.db).updateOne({ _id: lane }, change);
  }
}

/** Calls every lane in which something waits that it does not know of: what a process that died had stored, but not told. */
export async function callAll(ctx: Pick<Context, 'db'>): Promise<void> {
  for (let after = ''; ;) {
    const first = await deliveries(ctx.db)
      .findOne({ status: 'waiting', lane: { $gt: after } }, { lane: 1, kind: 1, nextAt: 1 })
      .sort({ lane: 1, nextAt: 1 })
      .lean<DeliveryRecord>();
    if (!first) return;
    after = first.lane;
    const known = await lanes(ctx.db).exists({ _id: first.lane, dueAt: { $lte: first.nextAt } });
    if (!known) await callLane(ctx, { ...first, dueAt: first.nextAt });
  }
}
