import type { Context } from '../context.ts';
import { restFor } from './backoff.ts';
import { keepLease, leaseTime, leaveLane, takeDelivery, type HeldLane } from './claim.ts';
import type { DeliveryRecord } from './delivery.model.ts';
import type { Deliverers, Outcome } from './outcome.ts';
import { settle } from './settle.ts';

/** Milliseconds a try may last; whatever hangs longer is left behind, so that a lane never stands still for ever. */
const longestTry = 90_000;

/**
 * Sends what is due in a lane, one after the other, until nothing is, or the other end is down, or `enough` says so.
 * Returns the number of tries.
 */
export async function serveLane(
  ctx: Context,
  deliverers: Deliverers,
  held: HeldLane,
  enough = () => false,
): Promise<number> {
  const kinds = Object.keys(deliverers);
  const seenFails = held.fails;
  let tries = 0;
  let rest: Date | undefined;
  try {
    while (!rest && !enough()) {
      const delivery = await takeDelivery(ctx, held, kinds);
      if (!delivery) break;
      const outcome = await keepingLease(ctx, held, delivery, () => tryOnce(ctx, deliverers, delivery));
      tries++;
      await settle(ctx, delivery, outcome);
      if (!outcome.ok && outcome.down) rest = restAfter(ctx, ++held.fails, outcome.retryAfter);
      else held.fails = 0;
    }
  } finally {
    await leaveLane(ctx, held, rest);
  }
  if (rest && seenFails === 0)
    ctx.log.warn({ lane: held.lane, until: rest }, 'the other end of a lane is down; it rests');
  return tries;
}

async function keepingLease<T>(
  ctx: Context,
  held: HeldLane,
  { _id }: DeliveryRecord,
  work: () => Promise<T>,
): Promise<T> {
  const renew = () =>
    keepLease(ctx, held, _id).catch((error: unknown) =>
      ctx.log.warn({ err: error }, 'a lease could not be renewed'),
    );
  const timer = setInterval(renew, leaseTime / 3);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** One try, whose every end is an outcome. */
async function tryOnce(ctx: Context, deliverers: Deliverers, delivery: DeliveryRecord): Promise<Outcome> {
  const limit = Promise.withResolvers<Outcome>();
  const timer = setTimeout(
    () => limit.resolve({ ok: false, retry: true, text: 'No answer in 90 seconds.' }),
    longestTry,
  );
  try {
    return await Promise.race([deliverers[delivery.kind]!(ctx, delivery), limit.promise]);
  } catch (error) {
    ctx.log.warn(
      { err: error, delivery: delivery._id, kind: delivery.kind },
      'a delivery could not be tried',
    );
    return { ok: false, retry: true, text: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

function restAfter(ctx: Pick<Context, 'now'>, fails: number, retryAfter = 0): Date {
  const seconds = Math.max(restFor(fails, Math.random()), Math.min(retryAfter, 3600));
  return new Date(ctx.now().getTime() + seconds * 1000);
}
