import type { Context } from '../context.ts';
import { openLane } from './claim.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { wakeWorkers } from './wake.ts';

export type DeliveryQuery = {
  status?: DeliveryRecord['status'];
  /** Any of what a delivery is about. */
  attempt?: string;
  link?: string;
  learner?: string;
  course?: string;
  platform?: string;
  limit: number;
  cursor?: string;
};

/** The deliveries of a workspace, the newest first, and where the next page starts. A cursor that is none starts at the beginning. */
export async function listDeliveries(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  { status, limit, cursor, ...about }: DeliveryQuery,
): Promise<{ deliveries: DeliveryRecord[]; nextCursor?: string }> {
  const wanted = Object.entries(about).filter(([, value]) => value !== undefined);
  const rows = await deliveries(ctx.db)
    .find({
      workspace,
      ...(status && { status }),
      ...Object.fromEntries(wanted.map(([name, value]) => [`about.${name}`, String(value)])),
      ...after(cursor),
    })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .lean<DeliveryRecord[]>();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { deliveries: shown, nextCursor: rows.length > limit && last ? cursorAt(last) : undefined };
}

/** How many deliveries a workspace has in a status. */
export function countDeliveries(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  status: DeliveryRecord['status'],
): Promise<number> {
  return deliveries(ctx.db).countDocuments({ workspace, status }).exec();
}

export async function findDelivery(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  id: string,
): Promise<DeliveryRecord | undefined> {
  return (await deliveries(ctx.db).findOne({ _id: id, workspace }).lean<DeliveryRecord>()) ?? undefined;
}

/**
 * Makes a delivery due now, whatever became of it, with all its tries before it again; undefined when the workspace
 * has none of that id. One that is being sent this moment is sent once more after that.
 */
export async function sendAgain(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  id: string,
): Promise<DeliveryRecord | undefined> {
  const now = ctx.now();
  const row = await deliveries(ctx.db)
    .findOneAndUpdate(
      { _id: id, workspace },
      { $set: { status: 'waiting', tries: 0, nextAt: now, updatedAt: now }, $inc: { revision: 1 } },
      { returnDocument: 'after' },
    )
    .lean<DeliveryRecord>();
  if (!row) return undefined;
  await openLane(ctx, row.lane);
  wakeWorkers(ctx.db);
  return row;
}

function cursorAt({ createdAt, _id }: DeliveryRecord): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), _id])).toString('base64url');
}

function after(cursor: string | undefined) {
  const place = cursor ? placeOf(cursor) : undefined;
  if (!place) return {};
  const { createdAt, _id } = place;
  return { $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: _id } }] };
}

function placeOf(cursor: string): { createdAt: Date; _id: string } | undefined {
  try {
    const [at, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const createdAt = new Date(typeof at === 'number' ? at : NaN);
    return typeof id === 'string' && !Number.isNaN(createdAt.getTime()) ? { createdAt, _id: id } : undefined;
  } catch {
    return undefined;
  }
}
