import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { callLane } from './call.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { wakeWorkers } from './wake.ts';

type World = Pick<Context, 'db' | 'now'>;

/** What to send, under which key, in which lane. */
export type ToSend = Pick<DeliveryRecord, 'workspace' | 'kind' | 'key' | 'lane' | 'body' | 'about'> & {
  /** Milliseconds after the first, second, third … sending under the key within a minute. */
  spacing?: number[];
  /** Milliseconds it waits for something newer. */
  after?: number;
  /** How many of its lane may be under way at the same time; absent: as before, at first one. */
  atOnce?: number;
};

/** Puts `toSend` into the outbox, due at once. A body under the same kind and key that has not been delivered yet is replaced. */
export async function enqueue(ctx: World, toSend: ToSend): Promise<DeliveryRecord> {
  const { kind, key } = toSend;
  for (;;) {
    try {
      const row = await deliveries(ctx.db)
        .findOneAndUpdate(
          { kind, key },
          { ...replacing(ctx, toSend), $setOnInsert: fresh(ctx) },
          { upsert: true, returnDocument: 'after' },
        )
        .lean<DeliveryRecord>();
      await tell(ctx, row!, toSend);
      return row!;
    } catch (error) {
      // Two first rows at once: the loser's next turn updates the winner's row.
      if (!isDuplicate(error)) throw error;
    }
  }
}

/**
 * The same, if nobody was faster: the row is still as `seen` (undefined: there was none). Undefined when it is not,
 * so that whoever decided by the old row may look and decide again.
 */
export async function enqueueIfUnchanged(
  ctx: World,
  toSend: ToSend,
  seen: Pick<DeliveryRecord, '_id' | 'revision'> | undefined,
): Promise<DeliveryRecord | undefined> {
  const row = seen ? await replace(ctx, toSend, seen) : await insert(ctx, toSend);
  if (row) await tell(ctx, row, toSend);
  return row;
}

/**
 * Takes a delivery back of which nothing was ever begun to be sent, or that was given up without ever arriving. False: something
 * may have arrived, or it is not as it was `seen`.
 */
export async function cancelUnsent(
  ctx: Pick<Context, 'db'>,
  { _id, revision }: Pick<DeliveryRecord, '_id' | 'revision'>,
): Promise<boolean> {
  const unheard = { deliveredAt: { $exists: false }, lease: { $exists: false } };
  const unbegun = { status: 'waiting' as const, tries: 0, 'answers.0': { $exists: false } };
  const { deletedCount } = await deliveries(ctx.db).deleteOne({
    _id,
    revision,
    ...unheard,
    $or: [unbegun, { status: 'given up' }],
  });
  return deletedCount === 1;
}

/** The row under a key, whatever its status. */
export async function findByKey(
  ctx: Pick<Context, 'db'>,
  kind: string,
  key: string,
): Promise<DeliveryRecord | undefined> {
  return (await deliveries(ctx.db).findOne({ kind, key }).lean<DeliveryRecord>()) ?? undefined;
}

async function tell(ctx: World, { lane, kind, nextAt }: DeliveryRecord, { atOnce }: ToSend): Promise<void> {
  await callLane(ctx, { lane, kind, dueAt: nextAt, atOnce });
  wakeWorkers(ctx.db);
}

async function replace(
  ctx: World,
  toSend: ToSend,
  { _id, revision }: Pick<DeliveryRecord, '_id' | 'revision'>,
) {
  const row = await deliveries(ctx.db)
    .findOneAndUpdate({ _id, revision }, replacing(ctx, toSend), { returnDocument: 'after' })
    .lean<DeliveryRecord>();
  return row ?? undefined;
}

async function insert(ctx: World, toSend: ToSend) {
  const { kind, key } = toSend;
  const { $set, $inc } = replacing(ctx, toSend);
  const row = { kind, key, ...fresh(ctx), ...$set, ...$inc };
  try {
    await deliveries(ctx.db).create(row);
    return row satisfies DeliveryRecord;
  } catch (error) {
    if (isDuplicate(error)) return undefined;
    throw error;
  }
}

/** A newer body starts anew: due at once, no tries. A lease stays: whoever is sending the older body settles it first. */
function replacing(ctx: World, { workspace, lane, body, about, spacing = [], after = 0 }: ToSend) {
  const now = ctx.now();
  return {
    $set: {
      workspace,
      lane,
      body,
      about,
      spacing,
      status: 'waiting' as const,
      tries: 0,
      nextAt: new Date(now.getTime() + after),
      since: now,
      updatedAt: now,
    },
    $inc: { revision: 1 },
    $unset: { mark: 1 as const },
  };
}

function fresh(ctx: World) {
  return { _id: newId('dlv'), createdAt: ctx.now(), answers: [] };
}
