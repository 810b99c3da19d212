import type { Context } from '../context.ts';
import { reckonGrade } from '../grades/reckon.ts';
import type { Standing } from '../grades/score.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import type { LearnerRecord } from './learner.model.ts';
import type { LinkRecord } from './link.model.ts';

/** What a grade is made of. */
export const gradedParts = {
  learner: 1,
  number: 1,
  graded: 1,
  revision: 1,
  progress: 1,
  live: 1,
  finishedAt: 1,
} as const;
export type GradedPart = Pick<AttemptRecord, '_id' | keyof typeof gradedParts>;

/** How far an attempt has got, for its grade. */
export function standingIn({ progress, live }: Pick<AttemptRecord, 'progress' | 'live'>): Standing {
  return { ...progress, open: live !== undefined };
}

/** Has the gradebook say what a learner's attempts on a link come to now, whatever it was told before. */
export async function reckonLearner(
  ctx: Pick<Context, 'db' | 'now'>,
  link: LinkRecord,
  learner: LearnerRecord,
  how: { again?: boolean } = {},
): Promise<void> {
  const made = await attempts(ctx.db)
    .find({ link: link._id, learner: learner._id, graded: true }, gradedParts)
    .sort({ number: 1 })
    .lean<GradedPart[]>();
  await reckonGrade(ctx, { link, learner, attempts: made.map(reckonable) }, how);
}

export function reckonable(attempt: GradedPart) {
  const { _id, number, graded, revision, progress, finishedAt } = attempt;
  const hadEnd =
    finishedAt !== undefined && progress.completion !== 'completed' && progress.success === 'unknown';
  return { _id, number, graded, revision, progress: standingIn(attempt), hadEnd };
}
