import type { Context } from '../context.ts';
import type { EngineSettings } from '../scorm/engine.ts';
import { newId } from '../store/id.ts';
import { findTogether, insertTogether } from '../store/together.ts';
import { hashToken, newToken } from '../store/token.ts';
import { Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord, type EarlierLaunch } from './attempt.model.ts';
import { launches, type LaunchRecord } from './launch.model.ts';

/** Milliseconds a launch's token is good for. A learner may leave a course open over a working day and a night; a token that leaks from a browser must not be good for longer. */
const lifetime = 24 * 3600 * 1000;

/** Launches of an attempt of which we know where they stood when they were taken over. */
const earlierKept = 8;

/** The part of an attempt that says who plays it. */
type Taken = Pick<AttemptRecord, '_id' | 'revision' | 'launch' | 'seq' | 'earlier'>;

export type LaunchWish = {
  mode: EngineSettings['mode'];
  returnUrl?: string;
  platformName?: string;
  deployment?: string;
};

/**
 * Opens an attempt for playing and takes it over: commits of an earlier launch are refused from now on. Who only looks
 * back takes nothing over. `token` is shown this once. `until`: when it ends, if not after the usual time.
 */
export async function startLaunch(
  ctx: Pick<Context, 'db' | 'now'>,
  attempt: Taken,
  wish: LaunchWish,
  until?: Date,
): Promise<{ launch: LaunchRecord; token: string }> {
  const token = newToken();
  const launch = launchOf(ctx, attempt, wish, token, until);
  await insertTogether(launches(ctx.db), launch);
  if (launch.mode !== 'review') await takeOver(ctx, attempt, launch._id);
  return { launch, token };
}

export function launchOf(
  ctx: Pick<Context, 'now'>,
  attempt: Pick<AttemptRecord, '_id'>,
  { mode, returnUrl, platformName, deployment }: LaunchWish,
  token: string,
  until = new Date(ctx.now().getTime() + lifetime),
  id = newId('lch'),
): LaunchRecord {
  return {
    _id: id,
    attempt: attempt._id,
    tokenHash: hashToken(token),
    mode,
    ...(isWebAddress(returnUrl) ? { returnUrl } : {}),
    ...(platformName ? { platformName } : {}),
    ...(deployment ? { deployment } : {}),
    createdAt: ctx.now(),
    expiresAt: until,
  };
}

/** Makes a launch the live one, and notes where the one before it stood in that moment. */
export async function takeOver(ctx: Pick<Context, 'db'>, attempt: Taken, launch: string): Promise<void> {
  const { _id } = attempt;
  for (let now: Taken | null = attempt; now; now = await standing(ctx, _id)) {
    const taken = await attempts(ctx.db).updateOne(
      { _id, revision: now.revision, launch: now.launch ?? { $exists: false }, seq: now.seq },
      { $set: { launch, seq: 0, earlier: earlierOf(now) } },
    );
    if (taken.matchedCount > 0) return;
    // It has changed since it was read.
  }
}

async function standing(ctx: Pick<Context, 'db'>, _id: string): Promise<Taken | null> {
  return attempts(ctx.db).findOne({ _id }, { revision: 1, launch: 1, seq: 1, earlier: 1 }).lean<Taken>();
}

/** What one recorded is newer than whatever those before it may still have. */
function earlierOf({ launch, seq, earlier = [] }: Taken): EarlierLaunch[] {
  const before = seq > 0 ? earlier.map((one) => ({ ...one, over: true })) : earlier;
  return [...before, ...(launch ? [{ launch, seq }] : [])].slice(-earlierKept);
}

/** Nothing that this launch sends is stored from now on. */
export async function closeLaunch(ctx: Pick<Context, 'db'>, { _id }: LaunchRecord): Promise<void> {
  await launches(ctx.db).updateOne({ _id }, { $set: { closed: true } });
}

/** The launch a token stands for, and its attempt as it now is. */
export async function takeLaunch(
  ctx: Pick<Context, 'db' | 'now'>,
  token: string,
): Promise<{ launch: LaunchRecord; attempt: AttemptRecord }> {
  const launch = await launchWith(ctx, token);
  const attempt = launch && (await findTogether<AttemptRecord>(attempts(ctx.db), { _id: launch.attempt }));
  if (launch && !attempt) throw attemptRemoved();
  if (!launch || !attempt) {
    throw new Unauthorized('launch-unknown', t('attempts.launchUnknown'), {
      detail: t('attempts.openAgain'),
    });
  }
  if (launch.stoppedAt) {
    throw new Unauthorized('launch-stopped', t('attempts.launchStopped'), {
      detail: t('attempts.launchStopped.detail'),
    });
  }
  if (launch.expiresAt <= ctx.now()) {
    throw new Unauthorized('launch-expired', t('attempts.launchExpired'), {
      detail: t('attempts.launchExpired.detail'),
    });
  }
  return { launch, attempt };
}

/** What is done in it is stored no more: a teacher has the learner begin anew, or it was removed otherwise (remove.ts). */
export function attemptRemoved(): Unauthorized {
  return new Unauthorized('attempt-removed', t('attempts.removed'), { detail: t('attempts.removed.detail') });
}

/**
 * Ends what is being played from these deployments, which somebody has just switched off: from now on the tokens of
 * their launches open nothing and store nothing. What was saved before stays.
 */
export async function stopLaunches(ctx: Pick<Context, 'db' | 'now'>, deployments: string[]): Promise<void> {
  const now = ctx.now();
  await launches(ctx.db).updateMany(
    { deployment: { $in: deployments }, expiresAt: { $gt: now }, stoppedAt: { $exists: false } },
    { $set: { stoppedAt: now } },
  );
}

/** When a launch began, as long as we know it. */
export async function beginningOf(ctx: Pick<Context, 'db'>, launch: string): Promise<Date | undefined> {
  const found = await launches(ctx.db).findOne({ _id: launch }, { createdAt: 1 }).lean<LaunchRecord>();
  return found?.createdAt;
}

async function launchWith(ctx: Pick<Context, 'db'>, token: string): Promise<LaunchRecord | undefined> {
  const holder = await findTogether<LaunchRecord>(launches(ctx.db), { tokenHash: hashToken(token) });
  if (holder?.next === undefined) return holder;
  return findTogether<LaunchRecord>(launches(ctx.db), { _id: holder.next });
}

function isWebAddress(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
