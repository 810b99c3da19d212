import type { Context } from '../context.ts';
import { queueGrade } from '../grades/queue.ts';
import { isUnsettled, type Standing } from '../grades/score.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { findLearner } from './learners.ts';
import type { LinkRecord } from './link.model.ts';
import { findLink } from './links.ts';
import { reckonLearner, standingIn } from './reckon.ts';

type Moment = Pick<AttemptRecord, 'progress' | 'live'>;

/**
 * Is there something in it for the outside? (Time passing, and how far one has read, is not.) That the course was left is
 * where that settles what it is worth.
 */
export function hasNews(before: Moment, now: Moment): boolean {
  const [was, is] = [before.progress, now.progress];
  if (was.completion !== is.completion || was.success !== is.success || was.score !== is.score) return true;
  return before.live !== undefined && now.live === undefined && isUnsettled(is);
}

/**
 * Everything that follows from an attempt's progress: puts it into the outbox, then notes that it did. Done twice, it
 * adds nothing. If the attempt has moved on meanwhile, the note is left to whoever announces the newer progress.
 */
export async function announce(ctx: Pick<Context, 'db' | 'now'>, attempt: AttemptRecord): Promise<void> {
  const { _id, revision, progress } = attempt;
  const link = attempt.graded ? await announceGrade(ctx, attempt) : undefined;
  const noted = await attempts(ctx.db).updateOne(
    { _id, revision },
    { $set: { announced: progress }, $unset: { unannounced: 1 } },
  );
  // It was removed while we were at it: what we said of it is no more.
  if (link && noted.matchedCount === 0 && !(await attempts(ctx.db).exists({ _id })))
    await reckonGone(ctx, attempt, link);
  const isWaiting = link?.wantsColumn && !link.lineItem;
  // Its column came while we were at it, and our note has undone the one that said so.
  if (isWaiting && (await findLink(ctx, link._id))?.lineItem) await announce(ctx, attempt);
}

async function announceGrade(
  ctx: Pick<Context, 'db' | 'now'>,
  attempt: AttemptRecord,
): Promise<LinkRecord | undefined> {
  const [link, learner] = await Promise.all([findLink(ctx, attempt.link), findLearner(ctx, attempt.learner)]);
  if (link?.kind !== 'lti' || !learner) return undefined;
  await queueGrade(ctx, {
    link,
    learner,
    attempt,
    progress: standingIn(attempt),
    ...(await othersOf(ctx, attempt)),
  });
  return link;
}

/** The progress of the learner's other graded attempts on the link, oldest first, and how many of them are older than this. */
async function othersOf(
  ctx: Pick<Context, 'db'>,
  { _id, link, learner, number }: AttemptRecord,
): Promise<{ others: Standing[]; older: number }> {
  if (number === 1 && !(await attempts(ctx.db).exists({ link, learner, number: { $gt: 1 } })))
    return { others: [], older: 0 };
  const others = await attempts(ctx.db)
    .find({ link, learner, graded: true, _id: { $ne: _id } }, { number: 1, progress: 1, live: 1 })
    .sort({ number: 1 })
    .lean<(Moment & { number: number })[]>();
  return { others: others.map(standingIn), older: others.filter((one) => one.number < number).length };
}

async function reckonGone(
  ctx: Pick<Context, 'db' | 'now'>,
  { learner: who }: AttemptRecord,
  link: LinkRecord,
): Promise<void> {
  const learner = await findLearner(ctx, who);
  if (learner) await reckonLearner(ctx, link, learner);
}

/** What a crash, or a link that got its column later, left unsaid. Called at start and every minute. */
export async function announceAll(ctx: Pick<Context, 'db' | 'now' | 'log'>): Promise<number> {
  let said = 0;
  for (let after = ''; ;) {
    const [attempt] = await attempts(ctx.db)
      .find({ unannounced: true, _id: { $gt: after } })
      .sort({ _id: 1 })
      .limit(1)
      .lean<AttemptRecord[]>();
    if (!attempt) return said;
    after = attempt._id;
    try {
      await announce(ctx, attempt);
      said += 1;
    } catch (error) {
      // One that cannot be said must not silence the others; it is tried again in a minute.
      ctx.log.error({ attempt: attempt._id, err: error }, 'an attempt could not be announced');
    }
  }
}
