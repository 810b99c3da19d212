import type { Context } from '../context.ts';
import { queuePoints } from '../grades/column.ts';
import { reckonGrade } from '../grades/reckon.ts';
import { newId } from '../store/id.ts';
import { attempts } from './attempt.model.ts';
import { spreadRuleOfLink } from './completion-rule.ts';
import { learnersById } from './learner-names.ts';
import { links, type LinkRecord, type Reckoning } from './link.model.ts';
import { gradedParts, reckonable, reckonLearner, type GradedPart } from './reckon.ts';

// After a change of a link's rules every learner's grade there is reckoned anew: a few at a time, each step noted on the link, so
// that whoever comes next goes on from there.

type World = Pick<Context, 'db' | 'now' | 'log'>;

/** Attempts that are looked at in one step. */
const batch = 200;
/** Learners whose grades are reckoned at the same time. */
const atOnce = 10;
/** Milliseconds after which a commit that was under way when the rules changed has said what it had to say. */
const afterwards = 60_000;

/** A reckoning from the beginning, to be written with the change that asks for it. */
export function newReckoning(
  ctx: Pick<Context, 'now'>,
  more: Pick<Reckoning, 'completion' | 'points' | 'again'> = {},
): Reckoning {
  return { id: newId('rck'), after: '', round: 1, dueAt: ctx.now(), ...more };
}

/** Goes on with the reckoning of a link: one step of it. Answers the link as it is then; it has no `reckoning` when all is done. */
export async function reckonStep(ctx: World, link: LinkRecord): Promise<LinkRecord> {
  const { reckoning } = link;
  if (!reckoning || reckoning.dueAt > ctx.now()) return link;
  if (reckoning.completion) await spreadRuleOfLink(ctx, link);
  if (reckoning.points) await queuePoints(ctx, link);
  const found = await attempts(ctx.db)
    .find({ link: link._id, graded: true, learner: { $gt: reckoning.after } }, gradedParts)
    .sort({ learner: 1, number: 1 })
    .limit(batch)
    .lean<GradedPart[]>();
  const last = await reckonAll(ctx, link, found);
  return note(ctx, link, reckoning, last);
}

/** Answers the last learner of these whose grade is reckoned; undefined: there is none after them. */
async function reckonAll(ctx: World, link: LinkRecord, found: GradedPart[]): Promise<string | undefined> {
  const mine = Map.groupBy(found, ({ learner }) => learner);
  const ids = [...mine.keys()];
  const isFull = found.length === batch;
  // The last may have more attempts than came along.
  const whole = isFull ? ids.slice(0, -1) : ids;
  const learners = await learnersById(ctx, link.workspace, ids);
  const again = link.reckoning?.again;
  for (let from = 0; from < whole.length; from += atOnce) {
    const some = whole.slice(from, from + atOnce).flatMap((id) => learners.get(id) ?? []);
    await Promise.all(
      some.map((learner) =>
        reckonGrade(ctx, { link, learner, attempts: mine.get(learner._id)!.map(reckonable) }, { again }),
      ),
    );
  }
  if (isFull && whole.length === 0) {
    const learner = learners.get(ids[0]!);
    if (learner) await reckonLearner(ctx, link, learner, { again });
    return ids[0];
  }
  return isFull ? whole.at(-1) : undefined;
}

/** Unless the rules have changed again meanwhile, which begins anew. */
async function note(
  ctx: World,
  { _id }: LinkRecord,
  { id, after, round, dueAt }: Reckoning,
  last: string | undefined,
): Promise<LinkRecord> {
  const isOver = last === undefined;
  const later = { 'reckoning.round': 2 as const, 'reckoning.dueAt': new Date(dueAt.getTime() + afterwards) };
  const goOn = {
    $set: { 'reckoning.after': last ?? '', ...(isOver && later) },
    $unset: { 'reckoning.completion': 1, 'reckoning.points': 1, ...(isOver && { 'reckoning.again': 1 }) },
  };
  await links(ctx.db).updateOne(
    { _id, 'reckoning.id': id, 'reckoning.after': after, 'reckoning.round': round },
    isOver && round === 2 ? { $unset: { reckoning: 1 } } : goOn,
  );
  return (await links(ctx.db).findOne({ _id }).lean<LinkRecord>())!;
}

/** Goes on with every reckoning that is due, to its end. Called at start and every minute. */
export async function finishReckonings(ctx: World): Promise<void> {
  const due = await links(ctx.db)
    .find({ 'reckoning.dueAt': { $lte: ctx.now() } })
    .lean<LinkRecord[]>();
  for (const link of due) {
    try {
      for (let now = link; isDue(ctx, now); now = await reckonStep(ctx, now));
    } catch (error) {
      // One link must not hold up the others; it is gone on with in a minute.
      ctx.log.error({ link: link._id, err: error }, 'grades could not be reckoned anew');
    }
  }
}

function isDue(ctx: World, { reckoning }: LinkRecord): boolean {
  return reckoning !== undefined && reckoning.dueAt <= ctx.now();
}
