import type { Context } from '../context.ts';
import { postScore, type Column, type Score, type ScoreAnswer } from '../lti/ags.ts';
import { columnPoints } from '../lti/column-points.ts';
import type { LtijsWorld } from '../lti/ltijs.ts';
import { findPlatform } from '../lti/platforms.ts';
import { reviewUrl } from '../lti/tool.ts';
import { isSubmissionTooMany, keepsTeachersGrade, scoreExtensions } from '../lti/quirks.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import type { Outcome } from '../outbox/outcome.ts';
import { t } from '../web/text.ts';
import { readCell, type Cell } from './cell.ts';
import { isEmptied, isFinal } from './grade.ts';
import { conflictsOf, heldFor, notConnected, outcomeOf } from './outcome.ts';
import type { GradeBody } from './queue.ts';
import { isBlind } from './sight.ts';

type World = LtijsWorld & Pick<Context, 'now' | 'config'>;

/** Brings one grade to its platform, unless a teacher's stands there that is to stay. */
export async function deliverGrade(ctx: World, delivery: DeliveryRecord): Promise<Outcome> {
  const body = delivery.body as GradeBody;
  const platform = await findPlatform(ctx, body.platform);
  if (!platform?.active) return notConnected(platform);
  const held = heldFor(platform, body.lineItem);
  if (held) return held;
  const column = { platform, lineItem: body.lineItem, granted: body.scopes };
  const cell = await readCell(ctx, column, body);
  if (!cell.ok) return outcomeOf(cell, delivery);
  const isTeachers = cell.whose === 'teacher';
  if (isEmptied(body.grade)) {
    // Canvas keeps a teacher's grade from one of ours, but not from none (scores_controller.rb, score_submission).
    if (isTeachers) return keptFromEmptying(cell);
  } else if (cell.whose !== 'nobody' && !isFinal(body.grade)) {
    return { ok: true, text: t('grades.notNeeded') };
  }
  const points = await pointsOf(ctx, column, body);
  if (isTeachers && !keepsTeachersGrade(platform.family)) return kept(cell, points);

  const timestamp = timestampFor(ctx, delivery).toISOString();
  const answer = await post(ctx, column, body, { ...points, timestamp });
  if (!answer.ok) return outcomeOf(answer, delivery);
  const { status } = answer;
  if (cell.unseen) isBlind(ctx, platform);
  if (isTeachers && (await isStillThere(ctx, column, body, cell))) return kept(cell, points, status);
  return { ok: true, status, text: taken(body.grade, points) };
}

type Points = Pick<Score, 'scoreGiven' | 'scoreMaximum'>;

/** In the points of the column, as it has them now; in those of the link where it does not say. */
async function pointsOf(ctx: World, column: Column, { grade, share }: GradeBody): Promise<Points> {
  const { scoreGiven, scoreMaximum } = grade;
  if (scoreGiven === undefined) return {};
  const maximum = share === undefined ? undefined : await columnPoints(ctx, column);
  if (maximum === undefined || maximum === scoreMaximum) return { scoreGiven, scoreMaximum };
  // Gradebooks keep five decimals at most (Moodle).
  return { scoreGiven: Math.round(share! * maximum * 1e5) / 1e5, scoreMaximum: maximum };
}

async function post(
  ctx: World,
  column: Column,
  body: GradeBody,
  sent: Points & { timestamp: string },
): Promise<ScoreAnswer> {
  const { userId, again, override } = body;
  const { activityProgress, gradingProgress } = body.grade;
  const { family } = column.platform;
  const withSubmission = (submits: boolean): Score => ({
    userId,
    activityProgress,
    gradingProgress,
    ...sent,
    ...scoreExtensions(family, {
      submittedAt: submits ? body.timestamp : undefined,
      keepsTeachers: override !== 'replace',
      reviewUrl: reviewUrl(ctx.config.publicUrl, body.attempt),
    }),
  });
  const submits = isFinal(body.grade) && !again;
  const answer = await postScore(ctx, column, withSubmission(submits));
  if (answer.ok || !submits || !isSubmissionTooMany(family, answer)) return answer;
  return postScore(ctx, column, withSubmission(false));
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

/** A platform that keeps a teacher's grade by itself does not say so: what stands there afterwards does. */
async function isStillThere(ctx: World, column: Column, body: GradeBody, before: Cell): Promise<boolean> {
  const after = await readCell(ctx, column, body);
  return after.ok && after.whose === 'teacher' && after.result?.points === before.result?.points;
}

function kept({ result }: Cell, ours: Points, status?: number): Outcome {
  const [given, of] = [ours.scoreGiven ?? '', ours.scoreMaximum ?? ''];
  const [stands, maximum] = [result?.points ?? '', result?.maximum ?? of];
  return { ok: true, status, text: t('grades.kept', { stands, maximum, given, of }), mark: 'kept' };
}

function keptFromEmptying({ result }: Cell): Outcome {
  const stands = result?.points ?? '';
  return { ok: true, text: t('grades.keptFromEmptying', { stands }), mark: 'kept' };
}

function taken({ activityProgress }: GradeBody['grade'], { scoreGiven, scoreMaximum }: Points): string {
  if (scoreGiven === undefined) return t(`grades.taken.${activityProgress}`);
  return t('grades.taken', { given: scoreGiven, maximum: scoreMaximum ?? '' });
}
