import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { insertTogether } from '../store/together.ts';
import { newToken } from '../store/token.ts';
import type { AttemptRecord } from './attempt.model.ts';
import { launches } from './launch.model.ts';
import { launchOf, startLaunch, type LaunchWish } from './launches.ts';
import { openAttempt, type Opening } from './open.ts';

/**
 * The learner's attempt on a link, and a launch of it. A new attempt and its first launch are stored at the same time. Where another tab was
 * quicker, that launch stands for no attempt: nobody is told its token, and it ends with its day.
 */
export async function openLaunch(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  opening: Omit<Opening, 'first'>,
  wish: LaunchWish,
): Promise<{ attempt: AttemptRecord; token: string }> {
  const [id, token] = [newId('lch'), newToken()];
  const store = (made: AttemptRecord) =>
    insertTogether(launches(ctx.db), launchOf(ctx, made, wish, token, undefined, id));
  const attempt = await openAttempt(ctx, { ...opening, first: { id, store } });
  if (attempt.launch === id) return { attempt, token };
  return { attempt, token: (await startLaunch(ctx, attempt, wish)).token };
}
