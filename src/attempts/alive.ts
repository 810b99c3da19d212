import type { Context } from '../context.ts';
import { Conflict } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts } from './attempt.model.ts';
import { takeLaunch } from './launches.ts';

/**
 * Somebody is still there: reading a page for two hours is no reason to be closed (time-out.ts). What was closed meanwhile
 * stays so until something is done in it.
 */
export async function noteAlive(ctx: Pick<Context, 'db' | 'now'>, token: string): Promise<void> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  if (launch.mode === 'review') return;
  if (attempt.launch !== launch._id) throw openedElsewhere();
  if (!attempt.live) return;
  await attempts(ctx.db).updateOne(
    { _id: attempt._id, launch: launch._id, live: { $exists: true } },
    { $max: { live: toTheMinute(ctx.now()) } },
  );
}

/** When something was last heard: no closer, so that an index need not move with every commit. */
export function toTheMinute(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 60_000) * 60_000);
}

/** A newer launch has taken the attempt over. */
export function openedElsewhere(): Conflict {
  return new Conflict('opened-elsewhere', t('attempts.openedElsewhere'), {
    detail: t('attempts.openedElsewhere.detail'),
  });
}
