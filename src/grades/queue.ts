import type { Context } from '../context.ts';
import { scoreScope } from '../lti/ags.ts';
import { findDeployment } from '../lti/platforms.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { enqueueIfUnchanged, findByKey } from '../outbox/enqueue.ts';
import { gradeOf, isFinal, isWorthSending, type Grade } from './grade.ts';
import type { Rules, Standing } from './score.ts';

/** Milliseconds between two scores of one learner in one column: Moodle keeps whole seconds and refuses an equal one. */
const spacing = [1000];

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

type Graded = {
  link: GradedLink;
  learner: GradedLearner;
  attempt: GradedAttempt;
  /** `attempt`'s. */
  progress: Standing;
  /** That of the learner's other graded attempts on this link, oldest first. */
  others?: Standing[];
};

/**
 * Tells the link's platform what the learner's attempts come to, through the outbox; does nothing where there is
 * nothing to tell: a preview, a link without a column or without leave to write scores, no change.
 */
export async function queueGrade(ctx: Pick<Context, 'db' | 'now'>, graded: Graded): Promise<void> {
  const { link, learner, attempt } = graded;
  const column = attempt.graded ? await columnOf(ctx, link, learner) : undefined;
  const grade = gradeOf(allAttempts(graded), link.rules);
  if (!column || !grade) return;
  const { platform } = column;
  const key = keyOf(column, learner);
  const about = { attempt: attempt._id, link: link._id, learner: learner._id, course: link.course, platform };
  const toSend = { workspace: link.workspace, kind: 'grade', key, lane: platform, about, spacing };

  for (let isDone = false; !isDone;) {
    const row = await findByKey(ctx, 'grade', key);
    if (row && !isNews(row, grade, graded)) return;
    const body: GradeBody = {
      ...column,
      userId: learner.sub,
      grade,
      timestamp: ctx.now().toISOString(),
      again: row !== undefined && hasArrived(row),
      attempt: attempt._id,
      attemptRevision: attempt.revision,
    };
    // Whoever was quicker has changed what was decided by: look again.
    isDone = (await enqueueIfUnchanged(ctx, { ...toSend, body }, row)) !== undefined;
  }
}

/** Where a learner's grade is to stand, if it may be sent. */
export async function columnOf(ctx: Pick<Context, 'db'>, link: GradedLink, learner: GradedLearner) {
  const { kind, deployment, lineItem, scopes } = link;
  if (kind !== 'lti' || !learner.sub) return undefined;
  if (!deployment || !lineItem || !scopes?.includes(scoreScope)) return undefined;
  const platform = (await findDeployment(ctx, deployment))?.platform;
  return platform === undefined ? undefined : { platform, lineItem, scopes };
}

/** The key of its delivery. */
export function keyOf(column: { platform: string; lineItem: string }, learner: GradedLearner): string {
  return `${column.platform}:${column.lineItem}:${learner._id}`;
}

function allAttempts({ attempt, progress, others = [] }: Graded): Standing[] {
  return others.toSpliced(attempt.number - 1, 0, progress);
}

function isNews(row: DeliveryRecord, grade: Grade, { attempt, link }: Graded): boolean {
  const before = row.body as GradeBody;
  if (before.attempt === attempt._id && before.attemptRevision > attempt.revision) return false;
  return isWorthSending(grade, before.grade, link.rules);
}

function hasArrived({ body, status }: DeliveryRecord): boolean {
  const { grade, again } = body as GradeBody;
  return again || (isFinal(grade) && status === 'delivered');
}
