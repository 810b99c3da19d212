import type { Context } from '../context.ts';
import { withdrawGrades } from '../grades/reckon.ts';
import { newId } from '../store/id.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { findLearner } from './learners.ts';
import { findLink } from './links.ts';
import { forgetLog } from './log.ts';
import { reckonLearner } from './reckon.ts';
import { removals, type RemovalRecord } from './removal.model.ts';

// A removal is written down before its first step, so that one that is cut short is finished (finishRemovals). With an attempt go
// the launches of it: their tokens open nothing and store nothing (launches.ts), and what a tab still sends finds nothing to change.

type World = Pick<Context, 'db' | 'now' | 'log'>;

/**
 * Milliseconds after which the steps are taken a second time: a commit that was stored just before may have queued its grade, or
 * lines of the log, just after.
 */
const afterwards = 60_000;

/** Takes away all that a learner did on a link, so that they begin anew. Answers how many attempts that were. */
export async function resetLearner(
  ctx: World,
  { workspace, link, learner }: Pick<AttemptRecord, 'workspace' | 'link' | 'learner'>,
  by: string,
): Promise<number> {
  const mine = { workspace, link, learner };
  const made = await attempts(ctx.db).find(mine, { _id: 1 }).lean<Pick<AttemptRecord, '_id'>[]>();
  if (made.length > 0) await remove(ctx, { ...mine, attempts: made.map(({ _id }) => _id), by });
  return made.length;
}

/** Takes one attempt away; the grade is that of the others then. */
export async function removeAttempt(ctx: World, workspace: string, id: string, by: string): Promise<void> {
  const attempt = await attempts(ctx.db)
    .findOne({ _id: id, workspace }, { link: 1, learner: 1 })
    .lean<AttemptRecord>();
  if (!attempt) throw new NotFound(t('attempts.attempt'));
  const { link, learner } = attempt;
  await remove(ctx, { workspace, link, learner, attempts: [id], by });
}

async function remove(ctx: World, what: Omit<RemovalRecord, '_id' | 'at'>): Promise<void> {
  const removal: RemovalRecord = { _id: newId('rmv'), ...what, at: ctx.now() };
  await removals(ctx.db).create(removal);
  const { workspace, link, learner, by } = removal;
  ctx.log.info({ workspace, link, learner, by, attempts: removal.attempts }, 'attempts are removed');
  await carryOut(ctx, removal);
}

/** Every step may be taken twice. */
async function carryOut(ctx: World, removal: RemovalRecord): Promise<void> {
  const { _id, workspace, attempts: gone } = removal;
  await attempts(ctx.db).deleteMany({ _id: { $in: gone }, workspace });
  for (const attempt of gone) await forgetLog(ctx, attempt);
  await takeGradeBack(ctx, removal);
  await removals(ctx.db).updateOne({ _id, doneAt: { $exists: false } }, { $set: { doneAt: ctx.now() } });
}

async function takeGradeBack(ctx: World, { link: where, learner: who, attempts: gone }: RemovalRecord) {
  const [link, learner] = await Promise.all([findLink(ctx, where), findLearner(ctx, who)]);
  if (link?.kind !== 'lti' || !learner) return;
  await reckonLearner(ctx, link, learner);
  const isAnyLeft = await attempts(ctx.db).exists({ link: where, learner: who, graded: true });
  if (!isAnyLeft) await withdrawGrades(ctx, link, gone);
}

/** Finishes what was cut short, and takes the steps a second time where that is due. Called at start and every minute. */
export async function finishRemovals(ctx: World): Promise<void> {
  for (const removal of await removals(ctx.db).find().lean<RemovalRecord[]>()) {
    const { _id, doneAt } = removal;
    if (doneAt && doneAt.getTime() > ctx.now().getTime() - afterwards) continue;
    try {
      await carryOut(ctx, removal);
      if (doneAt) await removals(ctx.db).deleteOne({ _id });
    } catch (error) {
      // One that cannot be finished must not hold up the others; it is tried again in a minute.
      ctx.log.error({ removal: _id, err: error }, 'attempts could not be removed');
    }
  }
}
