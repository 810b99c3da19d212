import type { Context } from '../context.ts';
import { callAll, callLane } from './call.ts';
import { openLane } from './claim.ts';
import { newestFirst, type Page } from '../store/newest-first.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { lanes } from './lane.model.ts';
import { wakeWorkers } from './wake.ts';

export type DeliveryQuery = Page & {
  status?: DeliveryRecord['status'];
  /** Any of what a delivery is about. */
  attempt?: string;
  link?: string;
  learner?: string;
  course?: string;
  platform?: string;
};

/** The deliveries of a workspace, the newest first, and where the next page starts. */
export async function listDeliveries(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  { status, limit, cursor, ...about }: DeliveryQuery,
): Promise<{ deliveries: DeliveryRecord[]; nextCursor?: string }> {
  const wanted = Object.entries(about).filter(([, value]) => value !== undefined);
  const { rows, nextCursor } = await newestFirst(
    deliveries(ctx.db),
    'createdAt',
    {
      workspace,
      ...(status && { status }),
      ...Object.fromEntries(wanted.map(([name, value]) => [`about.${name}`, String(value)])),
    },
    { limit, cursor },
  );
  return { deliveries: rows, nextCursor };
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

/** What there is to tell of any of these attempts. (A grade is about the attempt that decided it.) */
export function deliveriesAbout(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  attempts: string[],
): Promise<DeliveryRecord[]> {
  return deliveries(ctx.db)
    .find({ 'about.attempt': { $in: attempts }, workspace })
    .lean<DeliveryRecord[]>()
    .exec();
}

/** The deliveries of a kind under these keys. */
export function deliveriesUnder(
  ctx: Pick<Context, 'db'>,
  kind: string,
  keys: string[],
): Promise<DeliveryRecord[]> {
  return deliveries(ctx.db)
    .find({ kind, key: { $in: keys } })
    .lean<DeliveryRecord[]>()
    .exec();
}

/** The same for long lists: only what became of them, and of their body these fields. */
export async function findByKeys(
  ctx: Pick<Context, 'db'>,
  kind: string,
  keys: string[],
  fields: string[],
): Promise<Pick<DeliveryRecord, '_id' | 'key' | 'status' | 'mark' | 'body'>[]> {
  const wanted = ['key', 'status', 'mark', ...fields.map((field) => `body.${field}`)];
  return deliveries(ctx.db)
    .find({ kind, key: { $in: keys } }, Object.fromEntries(wanted.map((name) => [name, 1])))
    .lean<DeliveryRecord[]>();
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
    .findOneAndUpdate({ _id: id, workspace }, dueNow(now), { returnDocument: 'after' })
    .lean<DeliveryRecord>();
  if (!row) return undefined;
  await openLane(ctx, row.lane);
  await callLane(ctx, { ...row, dueAt: now });
  wakeWorkers(ctx.db);
  return row;
}

/** The same for many of them. Answers how many there were. */
export async function sendAllAgain(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  rows: Pick<DeliveryRecord, '_id' | 'lane'>[],
): Promise<number> {
  const { matchedCount } = await deliveries(ctx.db).updateMany(
    { _id: { $in: rows.map(({ _id }) => _id) }, workspace },
    dueNow(ctx.now()),
  );
  for (const lane of new Set(rows.map((row) => row.lane))) await openLane(ctx, lane);
  await callAll(ctx);
  wakeWorkers(ctx.db);
  return matchedCount;
}

/** Whatever became of it, it waits again, with all its tries before it. */
function dueNow(now: Date) {
  return {
    $set: { status: 'waiting' as const, tries: 0, nextAt: now, since: now, updatedAt: now },
    $inc: { revision: 1 },
    $unset: { mark: 1 as const },
  };
}

/** What is held in a lane is looked at again now: what held it may be no more. */
export async function sendHeldAgain(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  lane: string,
): Promise<void> {
  const held = { status: 'waiting' as const, mark: 'held', lane, workspace };
  await deliveries(ctx.db).updateMany(held, { $set: { nextAt: ctx.now() } });
  await callAll(ctx);
  wakeWorkers(ctx.db);
}

/** How a lane is doing: what waits in it, what was given up, and until when it rests because its other end is down. */
export async function laneState(
  ctx: Pick<Context, 'db'>,
  lane: string,
): Promise<{ waiting: number; givenUp: number; restUntil: Date }> {
  const count = (status: DeliveryRecord['status']) => deliveries(ctx.db).countDocuments({ status, lane });
  const [waiting, givenUp, row] = await Promise.all([
    count('waiting'),
    count('given up'),
    lanes(ctx.db).findOne({ _id: lane }, { restUntil: 1 }).lean(),
  ]);
  return { waiting, givenUp, restUntil: row?.restUntil ?? new Date(0) };
}

/** Makes everything due now that was given up in a lane, and ends its rest. */
export async function sendLaneAgain(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  lane: string,
): Promise<void> {
  const now = ctx.now();
  await deliveries(ctx.db).updateMany({ status: 'given up', lane, workspace }, dueNow(now));
  await openLane(ctx, lane);
  await callAll(ctx);
  wakeWorkers(ctx.db);
}
