import type { Context } from '../context.ts';
import type { EngineSettings } from '../scorm/engine.ts';
import { newId } from '../store/id.ts';
import { hashToken, newToken } from '../store/token.ts';
import { Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { launches, type LaunchRecord } from './launch.model.ts';

/** Milliseconds a launch's token is good for. A learner may leave a course open over a working day and a night; a token that leaks from a browser must not be good for longer. */
const lifetime = 24 * 3600 * 1000;

export type LaunchWish = { mode: EngineSettings['mode']; returnUrl?: string; platformName?: string };

/**
 * Opens an attempt for playing and takes it over: commits of an earlier launch are refused from now on. `token` is
 * shown this once.
 */
export async function startLaunch(
  ctx: Pick<Context, 'db' | 'now'>,
  attempt: Pick<AttemptRecord, '_id'>,
  { mode, returnUrl, platformName }: LaunchWish,
): Promise<{ launch: LaunchRecord; token: string }> {
  const token = newToken();
  const launch: LaunchRecord = {
    _id: newId('lch'),
    attempt: attempt._id,
    tokenHash: hashToken(token),
    mode,
    ...(isWebAddress(returnUrl) ? { returnUrl } : {}),
    ...(platformName ? { platformName } : {}),
    createdAt: ctx.now(),
    expiresAt: new Date(ctx.now().getTime() + lifetime),
  };
  await launches(ctx.db).create(launch);
  await attempts(ctx.db).updateOne({ _id: attempt._id }, { $set: { launch: launch._id, seq: 0 } });
  return { launch, token };
}

/** The launch a token stands for, and its attempt as it now is. */
export async function takeLaunch(
  ctx: Pick<Context, 'db' | 'now'>,
  token: string,
): Promise<{ launch: LaunchRecord; attempt: AttemptRecord }> {
  const launch = await launches(ctx.db)
    .findOne({ tokenHash: hashToken(token) })
    .lean<LaunchRecord>();
  const attempt = launch && (await attempts(ctx.db).findOne({ _id: launch.attempt }).lean<AttemptRecord>());
  if (!launch || !attempt) {
    throw new Unauthorized('launch-unknown', t('attempts.launchUnknown'), {
      detail: t('attempts.openAgain'),
    });
  }
  if (launch.expiresAt <= ctx.now()) {
    throw new Unauthorized('launch-expired', t('attempts.launchExpired'), {
      detail: t('attempts.launchExpired.detail'),
    });
  }
  return { launch, attempt };
}

function isWebAddress(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
