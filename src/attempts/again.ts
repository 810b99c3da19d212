import type { Context } from '../context.ts';
import { findCourse } from '../packages/courses.ts';
import type { EngineState } from '../scorm/engine.ts';
import { isRunning } from '../scorm/player.ts';
import { Conflict } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { announce } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { beginningOf, takeLaunch } from './launches.ts';
import { moveLaunch, mustPlay } from './moving.ts';
import { addAttempt, latestOf } from './open.ts';
import { record } from './record.ts';
import { standingOf, type Standing } from './standing.ts';

type World = Pick<Context, 'db' | 'now' | 'log'>;

/**
 * Starts again: the window that has this token goes on with a new attempt, on the version that is published now. Pressed twice, or
 * in two windows at once, it comes to one new attempt. Answers the attempt.
 */
export async function startAgain(ctx: World, token: string): Promise<AttemptRecord> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  mustPlay(launch);
  const next = await nextAttempt(ctx, attempt);
  await moveLaunch(ctx, launch, next);
  return next;
}

/** The attempt after this one: made now, unless another window was quicker. */
async function nextAttempt(ctx: World, attempt: AttemptRecord): Promise<AttemptRecord> {
  const standing = await standingOf(ctx, attempt);
  if (standing.stand === 'new') return attempt;
  const course = standing.offers.includes('again')
    ? await findCourse(ctx, attempt.workspace, attempt.course)
    : undefined;
  if (!course) throw notAgain(standing);
  await leaveBehind(ctx, attempt);
  for (;;) {
    // Read before we look for the attempt: one that is made in between has then taken this number.
    const number = 1 + (await lastNumber(ctx, attempt));
    const last = await latestOf(ctx, attempt);
    if (last.number > attempt.number) return last;
    const next = await addAttempt(ctx, attempt, course.published, number);
    if (next) return next;
  }
}

async function lastNumber(ctx: World, { link, learner }: AttemptRecord): Promise<number> {
  const last = await attempts(ctx.db)
    .findOne({ link, learner }, { number: 1 })
    .sort({ number: -1 })
    .lean<AttemptRecord>();
  return last?.number ?? 0;
}

/** An attempt that another follows stays as it is: what was open in it is suspended, and no window writes into it any more. */
async function leaveBehind(ctx: World, attempt: AttemptRecord): Promise<void> {
  for (let now: AttemptRecord | null = attempt; now?.launch; now = await read(ctx, attempt._id)) {
    const closed = await closeSession(ctx, now, now.launch);
    if (closed?.unannounced) await announce(ctx, closed);
    const left =
      closed &&
      (await attempts(ctx.db).updateOne(
        { _id: closed._id, revision: closed.revision, launch: now.launch },
        { $unset: { launch: 1, live: 1 } },
      ));
    if (left?.matchedCount) return;
    // Its window did something meanwhile.
  }
}

async function closeSession(
  ctx: World,
  attempt: AttemptRecord,
  launch: string,
): Promise<AttemptRecord | null> {
  const state = JSON.parse(attempt.state) as EngineState;
  if (!isRunning(state)) return attempt;
  const acts = [{ do: 'close' as const, activity: state.current! }];
  const since = (await beginningOf(ctx, launch)) ?? attempt.startedAt;
  return record(ctx, attempt, { launch, mode: 'normal', acts, since, isFirst: attempt.seq === 0, note: {} });
}

async function read(ctx: Pick<Context, 'db'>, _id: string): Promise<AttemptRecord | null> {
  return attempts(ctx.db).findOne({ _id }).lean<AttemptRecord>();
}

function notAgain({ most }: Standing): Conflict {
  const [title, detail] = most > 0 ? ['noneLeft', 'noneLeft.detail'] : ['notAgain', 'notAgain.detail'];
  return new Conflict('not-again', t(`attempts.${title}`), {
    detail: t(`attempts.${detail}`, { most }),
  });
}
