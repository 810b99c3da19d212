import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts } from './attempt.model.ts';

/**
 * Allows a learner `more` attempts after this one, their latest, whatever the rules of link and course say. Once it is done, the
 * next opening starts another, and it stays as it is. Asked twice, also in two windows, it comes to the same: what is allowed
 * follows the attempt that the teacher saw.
 */
export async function allowAnother(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  attempt: string,
  more = 1,
): Promise<void> {
  const allowed = await attempts(ctx.db).updateOne(
    { _id: attempt, workspace, graded: true },
    { $max: { another: more } },
  );
  if (allowed.matchedCount === 0) throw new NotFound(t('attempts.attempt'));
}
