import type { Context } from '../context.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';

/** An attempt without what was done in it. */
export type AttemptSummary = Pick<AttemptRecord, '_id' | 'number' | 'progress' | 'savedAt'>;

/** A learner's attempts that count on a link, the first one first. */
export async function attemptsOn(
  ctx: Pick<Context, 'db'>,
  link: string,
  learner: string,
): Promise<AttemptSummary[]> {
  return attempts(ctx.db)
    .find({ link, learner, graded: true }, ['number', 'progress', 'savedAt'])
    .sort({ number: 1 })
    .lean<AttemptSummary[]>();
}
