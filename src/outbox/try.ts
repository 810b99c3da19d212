import type { Context } from '../context.ts';
import { keepLease, leaseTime, type HeldLane } from './claim.ts';
import type { DeliveryRecord } from './delivery.model.ts';
import type { Deliverers, Outcome } from './outcome.ts';

/** Milliseconds a try may last; whatever hangs longer is left behind, so that a lane never stands still for ever. */
const longestTry = 90_000;

/** One try, whose every end is an outcome. The lease is kept while it lasts. */
export async function tryOnce(
  ctx: Context,
  deliverers: Deliverers,
  held: HeldLane,
  delivery: DeliveryRecord,
): Promise<Outcome> {
  const limit = Promise.withResolvers<Outcome>();
  const timer = setTimeout(
    () => limit.resolve({ ok: false, retry: true, text: 'No answer in 90 seconds.' }),
    longestTry,
  );
  const keeping = setInterval(() => keep(ctx, held, delivery), leaseTime / 3);
  try {
    return await Promise.race([deliverers[delivery.kind]!(ctx, delivery), limit.promise]);
  } catch (error) {
    const { _id, kind } = delivery;
    ctx.log.warn({ err: error, delivery: _id, kind }, 'a delivery could not be tried');
    return { ok: false, retry: true, text: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    clearInterval(keeping);
  }
}

function keep(ctx: Context, held: HeldLane, { _id }: DeliveryRecord): void {
  keepLease(ctx, held, _id).catch((error: unknown) =>
    ctx.log.warn({ err: error }, 'a lease could not be renewed'),
  );
}
