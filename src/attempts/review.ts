import type { Context } from '../context.ts';
import { contentOrigin } from '../web/origins.ts';
import type { AttemptRecord } from './attempt.model.ts';
import { startLaunch, type LaunchWish } from './launches.ts';

/**
 * Where somebody looks at a learner's attempt as it stands: the player in review mode. Nothing of it is stored, and the
 * learner, who may be in it at this moment, is not disturbed.
 */
export async function reviewAddress(
  ctx: Pick<Context, 'db' | 'now' | 'config'>,
  attempt: Omit<AttemptRecord, 'state'>,
  from: Omit<LaunchWish, 'mode' | 'id'>,
): Promise<string> {
  const { token } = await startLaunch(ctx, attempt, { ...from, mode: 'review' });
  return `${contentOrigin(ctx.config, attempt.version)}/play#${token}`;
}
