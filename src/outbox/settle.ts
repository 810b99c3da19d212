import type { Context } from '../context.ts';
import { nextTry } from './backoff.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import type { Outcome } from './outcome.ts';

/** Answers kept in a row, and the letters kept of each. */
const answersKept = 20;
const lettersKept = 500;
/** Nobody may put us off for longer than this, in seconds. */
const longestWait = 24 * 3600;

/**
 * Writes down how a try ended. It settles the delivery only while the body is still the one that was sent; a newer
 * one stays waiting, due as soon as the spacing allows. A lease that has been taken over settles nothing.
 */
export async function settle(
  ctx: Pick<Context, 'db' | 'now'>,
  sent: DeliveryRecord,
  outcome: Outcome,
): Promise<void> {
  const now = ctx.now();
  const { _id, lease, revision } = sent;
  const notBefore = new Date(now.getTime() + (sent.spacing ?? 0));
  const arrived = outcome.ok ? { deliveredAt: now } : {};
  const answer = {
    at: now,
    ok: outcome.ok,
    status: outcome.status,
    text: outcome.text.slice(0, lettersKept),
  };
  const always = {
    $push: { answers: { $each: [answer], $slice: -answersKept } },
    $unset: { lease: 1, leasedUntil: 1 },
  } as const;
  const settled = await deliveries(ctx.db).updateOne(
    { _id, lease, revision },
    { ...always, $set: { ...arrived, ...verdict(sent, outcome, now), notBefore, updatedAt: now } },
  );
  if (settled.matchedCount > 0) return;
  await deliveries(ctx.db).updateOne(
    { _id, lease },
    { ...always, $set: { ...arrived, notBefore, updatedAt: now } },
  );
}

function verdict(sent: DeliveryRecord, outcome: Outcome, now: Date): Partial<DeliveryRecord> {
  if (outcome.ok) return { status: 'delivered' };
  const wait = outcome.retry ? nextTry(sent.tries, Math.random()) : undefined;
  if (wait === undefined) return { status: 'given up' };
  const seconds = Math.max(wait, Math.min(outcome.retryAfter ?? 0, longestWait));
  return { nextAt: new Date(now.getTime() + seconds * 1000) };
}
