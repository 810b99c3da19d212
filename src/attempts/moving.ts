import type { Context } from '../context.ts';
import { newToken } from '../store/token.ts';
import { Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';
import type { AttemptRecord } from './attempt.model.ts';
import { launches, type LaunchRecord } from './launch.model.ts';
import { launchOf, takeLaunch, takeOver } from './launches.ts';
import { latestOf } from './open.ts';

/**
 * Goes on with the learner's last attempt in the window that has this token: takes it back from wherever else it was
 * opened. Done twice, it changes nothing.
 */
export async function goOnHere(ctx: Pick<Context, 'db' | 'now'>, token: string): Promise<void> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  mustPlay(launch);
  await moveLaunch(ctx, launch, await latestOf(ctx, attempt));
}

/**
 * The token of `launch` stands for a launch of `attempt` from now on, with a name of its own, so that what the window said before
 * and comes late goes nowhere. The token stays what it is: a new one would have to pass a window in which a course may
 * already have been, and it does not get older by this.
 */
export async function moveLaunch(
  ctx: Pick<Context, 'db' | 'now'>,
  launch: LaunchRecord,
  attempt: AttemptRecord,
): Promise<void> {
  if (attempt.launch === launch._id && launch.attempt === attempt._id) return;
  const holder = launch.holder ?? launch._id;
  // Its own token is nobody's.
  const next: LaunchRecord = { ...launchOf(ctx, attempt, launch, newToken(), launch.expiresAt), holder };
  await launches(ctx.db).create(next);
  const before = launch._id === holder ? { $exists: false } : launch._id;
  const moved = await launches(ctx.db).updateOne({ _id: holder, next: before }, { $set: { next: next._id } });
  // Asked twice at once: the other was quicker, and did all there is to do.
  if (moved.matchedCount === 0) await launches(ctx.db).deleteOne({ _id: next._id });
  else await takeOver(ctx, attempt, next._id);
}

/** Somebody who only looks at an attempt neither takes it over nor starts another. */
export function mustPlay({ mode }: LaunchRecord): void {
  if (mode === 'review')
    throw new Forbidden('only-looking', t('attempts.onlyLooking'), {
      detail: t('attempts.onlyLooking.detail'),
    });
}
