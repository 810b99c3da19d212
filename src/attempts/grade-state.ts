import type { Context } from '../context.ts';
import { gradeStateOf, type GradeState } from '../grades/state.ts';
import type { AttemptRecord } from './attempt.model.ts';
import { findLearner } from './learners.ts';
import { findLink } from './links.ts';

/** How far the grade of an attempt's learner has come: what the learner reads after finishing. */
export async function gradeStateFor(ctx: Pick<Context, 'db'>, attempt: AttemptRecord): Promise<GradeState> {
  if (!attempt.graded) return 'none';
  const [link, learner] = await Promise.all([findLink(ctx, attempt.link), findLearner(ctx, attempt.learner)]);
  return link && learner ? gradeStateOf(ctx, link, learner) : 'none';
}
