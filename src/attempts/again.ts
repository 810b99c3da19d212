import type { Context } from '../context.ts';
import { findCourse } from '../packages/courses.ts';
import { Conflict } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { takeLaunch } from './launches.ts';
import { leaveBehind } from './leaving.ts';
import { moveLaunch, mustPlay } from './moving.ts';
import { addAttempt, latestOf } from './open.ts';
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
    const { another = 0 } = last;
    const next = await addAttempt(ctx, { ...attempt, another: another - 1 }, course.published, number);
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

function notAgain({ most }: Standing): Conflict {
  const [title, detail] = most > 0 ? ['noneLeft', 'noneLeft.detail'] : ['notAgain', 'notAgain.detail'];
  return new Conflict('not-again', t(`attempts.${title}`), {
    detail: t(`attempts.${detail}`, { most }),
  });
}
