import type { Context } from '../context.ts';
import { postScore, type Score, type ScoreAnswer } from '../lti/ags.ts';
import type { LtijsWorld } from '../lti/ltijs.ts';
import { findPlatform } from '../lti/platforms.ts';
import { scoreExtensions } from '../lti/quirks.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import type { Outcome } from '../outbox/outcome.ts';
import { t } from '../web/text.ts';
import { isFinal } from './grade.ts';
import type { GradeBody } from './queue.ts';

/**
 * Times a score goes again with a later time before we believe that the platform's newer grade is to stay: within the
 * better part of an hour the clocks of two servers should have met.
 */
const conflictsTaken = 10;

/** Posts one grade to its platform. */
export async function deliverGrade(
  ctx: LtijsWorld & Pick<Context, 'now'>,
  delivery: DeliveryRecord,
): Promise<Outcome> {
  const body = delivery.body as GradeBody;
  const { platform: platformId, lineItem, scopes } = body;
  const platform = await findPlatform(ctx, platformId);
  const { scored: _, ...grade } = body.grade;
  const score: Score = {
    userId: body.userId,
    ...grade,
    timestamp: timestampFor(ctx, delivery).toISOString(),
    ...scoreExtensions(platform?.family ?? 'other', { submits: isFinal(grade) && !body.again }),
  };
  return outcomeOf(await postScore(ctx, { platformId, lineItem, scopes, score }), {
    body,
    conflicts: conflictsOf(delivery),
  });
}

/**
 * The score's time: when the learner got there, but later than what was last taken under this key, by a second, because
 * Moodle keeps whole seconds. Moodle compares with its own clock's time of the last write, so after a conflict it is now.
 */
function timestampFor(ctx: Pick<Context, 'now'>, delivery: DeliveryRecord): Date {
  const { timestamp } = delivery.body as GradeBody;
  const reached = conflictsOf(delivery) > 0 ? ctx.now() : new Date(timestamp);
  const last = delivery.deliveredAt?.getTime() ?? 0;
  return new Date(Math.max(reached.getTime(), last + 1000));
}

/** Answers 409 in a row up to now. */
function conflictsOf({ answers }: DeliveryRecord): number {
  return answers.length - 1 - answers.findLastIndex(({ status }) => status !== 409);
}

/** What the platform's answer means for the delivery, with a sentence for the admin. */
export function outcomeOf(
  answer: ScoreAnswer,
  { body, conflicts }: { body: GradeBody; conflicts: number },
): Outcome {
  const { status, retryAfter, text } = answer;
  if (answer.ok) return { ok: true, status, text: taken(body) };
  const failed = (key: string, how: { retry: boolean; down?: boolean }): Outcome => ({
    ok: false,
    status,
    text: t(`grades.${key}`, { answer: text }),
    retryAfter,
    ...how,
  });
  const isRefused = status !== undefined && status < 500 && status !== 408 && status !== 429;
  if (answer.noToken && isRefused) return failed('noToken', { retry: true, down: true });
  if (status === 409) {
    const more = conflicts + 1 < conflictsTaken;
    return failed(more ? 'conflict' : 'conflictStays', { retry: more });
  }
  if (status === undefined)
    return failed(answer.retry ? 'noAnswer' : 'notSent', { retry: answer.retry, down: answer.retry });
  if (status >= 500) return failed('platformDown', { retry: true, down: true });
  if (status === 401) return failed('unauthorized', { retry: true, down: true });
  if (answer.retry) return failed('busy', { retry: true, down: true });
  if (status === 403) return failed('forbidden', { retry: true });
  if (status === 404) return failed('columnGone', { retry: false });
  if (status === 400 || status === 422) return failed('learnerRefused', { retry: false });
  return failed('refused', { retry: status < 400 });
}

function taken({ grade }: GradeBody): string {
  const { scoreGiven, scoreMaximum } = grade;
  if (scoreGiven === undefined) return t(`grades.taken.${grade.activityProgress}`);
  return t('grades.taken', { given: scoreGiven, maximum: scoreMaximum ?? '' });
}
