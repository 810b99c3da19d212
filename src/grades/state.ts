import type { Context } from '../context.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { findByKeys } from '../outbox/deliveries.ts';
import { findByKey } from '../outbox/enqueue.ts';
import { isFinal } from './grade.ts';
import { columnIn, columnOf, keyOf, type GradeBody, type GradedLearner, type GradedLink } from './queue.ts';

/** What a learner is told of their grade: nothing to send, on its way, in the gradebook, a teacher's stands there, or it could not be delivered. */
export type GradeState = 'none' | 'waiting' | 'sent' | 'kept' | 'failed';

/** How far a learner's grade on a link has come. */
export async function gradeStateOf(
  ctx: Pick<Context, 'db'>,
  link: GradedLink,
  learner: GradedLearner,
): Promise<GradeState> {
  const column = await columnOf(ctx, link, learner);
  return stateOf(column && (await findByKey(ctx, 'grade', keyOf(column, learner))));
}

/** The same of many, by the learner's id. Who is not in it has none. */
export async function gradeStatesOf(
  ctx: Pick<Context, 'db'>,
  link: GradedLink,
  learners: GradedLearner[],
): Promise<Map<string, GradeState>> {
  const column = await columnIn(ctx, link);
  if (!column) return new Map();
  const byKey = new Map(learners.map((learner) => [keyOf(column, learner), learner._id]));
  const rows = await findByKeys(ctx, 'grade', [...byKey.keys()], ['grade']);
  return new Map(rows.map((row) => [byKey.get(row.key)!, stateOf(row)]));
}

function stateOf(row: Pick<DeliveryRecord, 'status' | 'mark' | 'body'> | undefined): GradeState {
  if (!row || !isFinal((row.body as GradeBody).grade)) return 'none';
  if (row.status === 'waiting') return 'waiting';
  if (row.status === 'given up') return 'failed';
  return row.mark === 'kept' ? 'kept' : 'sent';
}
