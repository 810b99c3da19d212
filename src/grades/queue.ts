import type { Context } from '../context.ts';
import { scoreScope } from '../lti/ags.ts';
import { findDeployment } from '../lti/platforms.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { enqueueIfUnchanged, findByKey } from '../outbox/enqueue.ts';
import type { Progress } from '../scorm/progress.ts';
import { gradeOf, isFinal, isWorthSending, type Grade } from './grade.ts';
import type { Rules } from './score.ts';

/** Milliseconds between two scores of one learner in one column: Moodle keeps whole seconds and refuses an equal one. */
const spacing = 1000;

/** The parts of attempts' records that a grade is made of. */
export type GradedLink = {
  _id: string;
  workspace: string;
  kind: string;
  course: string;
  rules: Rules;
  deployment?: string;
  lineItem?: string;
  scopes?: string[];
};
export type GradedLearner = { _id: string; sub: string };
export type GradedAttempt = { _id: string; number: number; graded: boolean; revision: number };

/** The body of a delivery of kind `grade`. */
export type GradeBody = {
  platform: string;
  lineItem: string;
  scopes: string[];
  userId: string;
  grade: Grade;
  /** When the learner got this far, ISO 8601: what AGS calls the score's timestamp. */
  timestamp: string;
  /** A final grade has arrived under this key before: to a platform that counts submissions this one is none. */
  again: boolean;
  /** What it was decided by, so that an older commit that comes late changes nothing. */
  attempt: string;
  attemptRevision: number;
};

/**
 * Tells the link's platform what the learner's attempts come to, through the outbox; does nothing where there is
 * nothing to tell: a preview, a link without a column or without leave to write scores, no change.
 * `progress` is `attempt`'s; `others` that of the learner's other graded attempts on this link, oldest first.
 */
export async function queueGrade(
  ctx: Pick<Context, 'db' | 'now'>,
  graded: {
    link: GradedLink;
    learner: GradedLearner;
    attempt: GradedAttempt;
    progress: Progress;
    others?: Progress[];
  },
): Promise<void> {
  const { link, learner, attempt, progress, others = [] } = graded;
  if (
    !attempt.graded ||
    !learner.sub ||
    link.kind !== 'lti' ||
    !link.lineItem ||
    !link.scopes?.includes(scoreScope)
  )
    return;
  const grade = gradeOf(others.toSpliced(attempt.number - 1, 0, progress), link.rules);
  const platform = link.deployment && (await findDeployment(ctx, link.deployment))?.platform;
  if (!grade || !platform) return;
  const key = `${platform}:${link.lineItem}:${learner._id}`;

  for (;;) {
    const row = await findByKey(ctx, 'grade', key);
    const before = row?.body as GradeBody | undefined;
    if (row && !isNews(row, { attempt, grade, rules: link.rules })) return;
    const body: GradeBody = {
      platform,
      lineItem: link.lineItem,
      scopes: link.scopes,
      userId: learner.sub,
      grade,
      timestamp: ctx.now().toISOString(),
      again: before !== undefined && (before.again || (isFinal(before.grade) && row?.status === 'delivered')),
      attempt: attempt._id,
      attemptRevision: attempt.revision,
    };
    const about = {
      attempt: attempt._id,
      link: link._id,
      learner: learner._id,
      course: link.course,
      platform,
    };
    const { workspace } = link;
    if (
      await enqueueIfUnchanged(
        ctx,
        { workspace, kind: 'grade', key, lane: platform, body, about, spacing },
        row,
      )
    )
      return;
  }
}

function isNews(row: DeliveryRecord, next: { attempt: GradedAttempt; grade: Grade; rules: Rules }): boolean {
  const before = row.body as GradeBody;
  if (before.attempt === next.attempt._id && before.attemptRevision > next.attempt.revision) return false;
  return isWorthSending(next.grade, before.grade, next.rules);
}
