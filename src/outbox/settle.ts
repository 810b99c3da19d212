import type { Context } from '../context.ts';
import { nextTry, restFor, spacingAfter } from './backoff.ts';
import { deliveries, type DeliveryRecord } from './delivery.model.ts';
import { isHeld, type Outcome } from './outcome.ts';

/** Answers kept in a row, and the letters kept of each. */
const answersKept = 20;
const lettersKept = 500;
/** Nobody may put us off for longer than this, in seconds. */
const longestWait = 24 * 3600;
/** What is held is looked at again after so many seconds, should nobody have said that it can go (deliveries.ts). */
const heldSeconds = 600;
/** Milliseconds that a delivery waits for another end that is down: over the holidays. */
const longestDown = 14 * 24 * 3600_000;

/**
 * Writes down how a try ended. It settles the delivery only while the body is still the one that was sent; a newer
 * one stays waiting, due as soon as the spacing allows. A lease that has been taken over settles nothing.
 * `isStillDown`: the other end was down before and is now; that counts against no delivery.
 */
export async function settle(
  ctx: Pick<Context, 'db' | 'now'>,
  sent: DeliveryRecord,
  outcome: Outcome,
  { isStillDown = false } = {},
): Promise<void> {
  const now = ctx.now();
  const { _id, lease, revision } = sent;
  const arrived = outcome.ok ? { deliveredAt: now } : {};
  const answer = {
    at: now,
    ok: outcome.ok,
    status: outcome.status,
    text: outcome.text.slice(0, lettersKept),
  };
  const notBefore = new Date(now.getTime() + spacingAfter(sent, now));
  const always = {
    $push: { answers: { $each: [answer], $slice: -answersKept } },
    $unset: { lease: 1, leasedUntil: 1 },
  } as const;
  const verdict = isStillDown || isHeld(outcome) ? waitFor(sent, outcome, now) : judge(sent, outcome, now);
  const settled = await deliveries(ctx.db).updateOne(
    { _id, lease, revision },
    {
      ...always,
      $set: { ...arrived, ...verdict, notBefore, updatedAt: now },
      $unset: { ...always.$unset, ...(verdict.mark === undefined && { mark: 1 as const }) },
    },
  );
  if (settled.matchedCount > 0) return;
  await deliveries(ctx.db).updateOne(
    { _id, lease },
    { ...always, $set: { ...arrived, notBefore, updatedAt: now } },
  );
}

function judge(sent: DeliveryRecord, outcome: Outcome, now: Date): Partial<DeliveryRecord> {
  if (outcome.ok) return { status: 'delivered', ...(outcome.mark && { mark: outcome.mark }) };
  const wait = outcome.retry ? nextTry(sent.tries, Math.random()) : undefined;
  return wait === undefined ? { status: 'given up' } : { nextAt: inSeconds(now, wait, outcome) };
}

/** It goes behind the others of its lane, and its tries do not run out. */
function waitFor(sent: DeliveryRecord, outcome: Outcome, now: Date): Partial<DeliveryRecord> {
  const { since = sent.createdAt, tries } = sent;
  const mark = isHeld(outcome) ? { mark: 'held' } : {};
  if (now.getTime() - since.getTime() > longestDown) return { status: 'given up', ...mark };
  const wait = isHeld(outcome) ? heldSeconds : restFor(tries, Math.random());
  return { tries: tries - 1, nextAt: inSeconds(now, wait, outcome), ...mark };
}

function inSeconds(now: Date, wait: number, outcome: Outcome): Date {
  const asked = outcome.ok ? 0 : Math.min(outcome.retryAfter ?? 0, longestWait);
  return new Date(now.getTime() + Math.max(wait, asked) * 1000);
}
