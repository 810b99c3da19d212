import type { Context } from '../context.ts';
import { learners, type LearnerRecord } from './learner.model.ts';

/** Learners of a workspace by id, for lists. */
export async function learnersById(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  ids: string[],
): Promise<Map<string, LearnerRecord>> {
  const found = await learners(ctx.db)
    .find({ _id: { $in: [...new Set(ids)] }, workspace })
    .lean<LearnerRecord[]>();
  return new Map(found.map((learner) => [learner._id, learner]));
}
