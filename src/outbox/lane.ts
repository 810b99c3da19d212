import type { Context } from '../context.ts';
import { restFor } from './backoff.ts';
import { leaveLane, takeDelivery, type HeldLane } from './claim.ts';
import type { DeliveryRecord } from './delivery.model.ts';
import type { Deliverers, Outcome } from './outcome.ts';
import { settle } from './settle.ts';

/** Milliseconds a try may last. Less than a lease, so that nobody else sends the same meanwhile. */
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
      const outcome = await tryOnce(ctx, deliverers, delivery);
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
