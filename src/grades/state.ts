import type { Context } from '../context.ts';
import { findByKey } from '../outbox/enqueue.ts';
import { isFinal } from './grade.ts';
import { columnOf, keyOf, type GradeBody, type GradedLearner, type GradedLink } from './queue.ts';

/** What a learner is told of their grade: nothing to send, on its way, in the gradebook, a teacher's stands there, or it could not be delivered. */
export type GradeState = 'none' | 'waiting' | 'sent' | 'kept' | 'failed';

/** How far a learner's grade on a link has come. */
export async function gradeStateOf(
  ctx: Pick<Context, 'db'>,
  link: GradedLink,
  learner: GradedLearner,
): Promise<GradeState> {
  const column = await columnOf(ctx, link, learner);
  const row = column && (await findByKey(ctx, 'grade', keyOf(column, learner)));
  if (!row || !isFinal((row.body as GradeBody).grade)) return 'none';
  if (row.status === 'waiting') return 'waiting';
  if (row.status === 'given up') return 'failed';
  return row.mark === 'kept' ? 'kept' : 'sent';
}
