import type { Context } from '../context.ts';
import { deliveriesAbout } from '../outbox/deliveries.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { cancelUnsent, enqueueIfUnchanged, findByKey } from '../outbox/enqueue.ts';
import { emptied, gradeOf, isEmptied, isFinal } from './grade.ts';
import {
  columnOf,
  hasArrived,
  keyOf,
  queueGrade,
  timeAfter,
  type GradeBody,
  type GradedAttempt,
  type GradedLearner,
  type GradedLink,
} from './queue.ts';
import type { Standing } from './score.ts';

type World = Pick<Context, 'db' | 'now'>;

/** What a learner's graded attempts on a link have come to, oldest first. */
export type Reckoned = {
  link: GradedLink;
  learner: GradedLearner;
  attempts: (GradedAttempt & {
    progress: Standing;
    /** It was finished once, and its course has taken that back: a grade that stands for it stays. */
    hadEnd?: boolean;
  })[];
};

/**
 * Has the gradebook say what the attempts come to now: also where that is less than what it was told, or nothing any more. For
 * changes that are nobody's work: other rules, or an attempt that was removed. `again`: a grade is sent though it is the same.
 */
export async function reckonGrade(
  ctx: World,
  { link, learner, attempts }: Reckoned,
  { again = false } = {},
): Promise<void> {
  const standings = attempts.map(({ progress }) => progress);
  const grade = gradeOf(standings, link.rules);
  const latest = attempts.at(-1);
  if (latest && grade && isFinal(grade)) {
    const { progress, hadEnd: _hadEnd, ...attempt } = latest;
    const others = standings.slice(0, -1);
    return queueGrade(
      ctx,
      { link, learner, attempt, progress, others, older: others.length },
      { anew: true, again },
    );
  }
  const column = await columnOf(ctx, link, learner);
  const row = column && (await findByKey(ctx, 'grade', keyOf(column, learner)));
  // What was told of an attempt that is no more is taken back, also where it was no grade.
  const mayStand = attempts.some(({ hadEnd }) => hadEnd);
  if (row && (!latest || (isFinal((row.body as GradeBody).grade) && !mayStand)))
    await withdraw(ctx, row, link);
}

/** Takes back whatever was told, or is to be told, of attempts that are no more: also in columns that the link had before. */
export async function withdrawGrades(ctx: World, link: GradedLink, attempts: string[]): Promise<void> {
  const rows = await deliveriesAbout(ctx, link.workspace, attempts);
  for (const row of rows) if (row.kind === 'grade') await withdraw(ctx, row, link);
}

/** What was never begun to be sent is not sent; where something may have arrived, the cell is emptied. */
async function withdraw(ctx: World, seen: DeliveryRecord, { rules }: GradedLink): Promise<void> {
  for (let row: DeliveryRecord | undefined = seen; row; row = await findByKey(ctx, row.kind, row.key)) {
    const body = row.body as GradeBody;
    if (isEmptied(body.grade) || (await cancelUnsent(ctx, row))) return;
    const { attempt: _gone, ...about } = row.about;
    const emptying: GradeBody = {
      ...body,
      grade: emptied,
      share: undefined,
      override: rules.override ?? 'keep',
      timestamp: timeAfter(row, ctx.now()).toISOString(),
      again: hasArrived(row),
      attempt: '',
      attemptRevision: 0,
    };
    const { workspace, kind, key, lane, spacing } = row;
    const toSend = { workspace, kind, key, lane, spacing, about, body: emptying };
    if (await enqueueIfUnchanged(ctx, toSend, row)) return;
  }
}
