import { gradeStateFor } from '../attempts/grade-state.ts';
import { inspectAttempt } from '../attempts/inspect.ts';
import type { AttemptSummary } from '../attempts/of-link.ts';
import { reviewAddress } from '../attempts/review.ts';
import { standingOf } from '../attempts/standing.ts';
import type { Context } from '../context.ts';
import { checkStillTrusted } from '../lti/verify-launch.ts';
import { attemptView } from '../display/attempt.ts';
import { statusChip, statusOf } from '../display/status.ts';
import { Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attemptsIn, getReviewed, type Review } from './review.ts';

type World = Pick<Context, 'db' | 'now' | 'config'>;

/** What the page shows: one attempt, the last with something in it unless another is wanted, and the others to choose from. */
export async function reviewPage(ctx: World, review: Review, ticket: string, wanted?: string) {
  const all = await attemptsIn(ctx, review);
  const begun = all.findLast(({ progress }) => statusOf(progress) !== 'not attempted');
  const id = wanted ?? (begun ?? all.at(-1))?._id;
  const isTeacher = review.viewer === 'teacher';
  if (id === undefined) return { ticket, isTeacher, attempt: undefined };
  const attempt = await getReviewed(ctx, review, id);
  const [inspected, grade, isOver] = await Promise.all([
    inspectAttempt(ctx, review.workspace, id),
    gradeStateFor(ctx, attempt),
    isFinished(ctx, attempt),
  ]);
  const view = attemptView(inspected);
  return {
    ticket,
    isTeacher,
    attempt: isTeacher ? view : withoutAnswers(view),
    grade: grade === 'none' ? undefined : t(`launch.review.grade.${grade}`),
    attempts: all.map((each, i) => choice(each, i + 1, id)),
    ordinal: all.findIndex(({ _id }) => _id === id) + 1,
    mayLook: isTeacher || isOver,
  };
}

/** The course as it was left, to look at: a learner's only when it is over, for whoever looks may try without a trace. */
export async function lookAddress(ctx: World, review: Review, id: string): Promise<string> {
  const attempt = await getReviewed(ctx, review, id);
  if (review.viewer === 'learner' && !(await isFinished(ctx, attempt)))
    throw new Forbidden('review-not-over', t('launch.review.notOver'), {
      detail: t('launch.review.notOver.detail'),
    });
  const address = await reviewAddress(ctx, attempt, { deployment: review.deployment._id });
  // Of one that was just being made while somebody switched the LMS off, nobody gets the token.
  await checkStillTrusted(ctx, review);
  return address;
}

async function isFinished(ctx: World, attempt: Parameters<typeof standingOf>[1]): Promise<boolean> {
  return (await standingOf(ctx, attempt)).stand === 'finished';
}

function choice({ _id: id, progress, savedAt }: AttemptSummary, number: number, current: string) {
  return {
    id,
    number,
    current: id === current,
    status: statusChip(statusOf(progress)).text,
    score: progress.score,
    savedAt,
  };
}

/** What would have been right is for teachers: a learner may have attempts left. */
function withoutAnswers(view: ReturnType<typeof attemptView>) {
  return { ...view, interactions: view.interactions.map((each) => ({ ...each, correct: [] })) };
}
