import { z } from 'zod';
import type { Context } from '../context.ts';
import { playRulesBody } from '../packages/play-rules.ts';
import { AppError, NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { links, type LinkRecord } from './link.model.ts';
import { newReckoning, reckonStep } from './reckoning.ts';

const { window, attempts, again, completion } = playRulesBody.shape;

/** How its attempts become a grade. What is not given stays; a pass mark of null is none. */
const graded = z.strictObject({
  counts: z.enum(['score', 'completion', 'pass']).optional(),
  keep: z.enum(['best', 'last', 'first', 'average']).optional(),
  passMark: z.number().min(0).max(1).nullable().optional(),
  passBy: z.enum(['course', 'mark']).optional(),
  override: z.enum(['keep', 'replace']).optional(),
  /** Of a column that we made, or had made. */
  points: z.number().gt(0).max(1e6).optional(),
});

/** The rules of a link as they are set from outside: all of them, or some. How it plays: null is as the course says. */
export const linkRulesBody = graded.extend({
  window: window.nullable(),
  attempts: attempts.nullable(),
  again: again.nullable(),
  completion: completion.nullable(),
});
export type LinkRulesChange = z.infer<typeof linkRulesBody>;

/** May the points of its column be changed from here? Only of one that is there by our wish. */
export function hasOurColumn({ kind, wantsColumn }: Pick<LinkRecord, 'kind' | 'wantsColumn'>): boolean {
  return kind === 'lti' && wantsColumn === true;
}

/**
 * Changes the rules of a link. Every learner's grade there is reckoned anew by them and told where it is another one, also a lower one
 * or none: the first few now, the others in the minutes after (reckoning.ts). Answers the link as it is.
 */
export async function changeRules(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  workspace: string,
  id: string,
  change: LinkRulesChange,
): Promise<LinkRecord> {
  const before = await links(ctx.db).findOne({ _id: id, workspace }).lean<LinkRecord>();
  if (!before) throw new NotFound(t('attempts.link'));
  if (change.points !== undefined && !hasOurColumn(before)) throw pointsNotOurs();
  const changed = await links(ctx.db)
    .findOneAndUpdate({ _id: id, workspace }, updateOf(ctx, before, change), { returnDocument: 'after' })
    .lean<LinkRecord>();
  if (!changed) throw new NotFound(t('attempts.link'));
  return reckonStep(ctx, changed);
}

function updateOf(ctx: Pick<Context, 'now'>, { rules }: LinkRecord, change: LinkRulesChange) {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const named = given.map(
    ([name, value]) => [`${isForGrades(name) ? 'rules' : 'play'}.${name}`, value] as const,
  );
  const set = named.filter(([, value]) => value !== null);
  const unset = named.filter(([, value]) => value === null);
  const completion = change.completion !== undefined;
  const points = change.points !== undefined && change.points !== rules.points;
  const isReckoned = completion || given.some(([name]) => isForGrades(name));
  return {
    $set: {
      ...Object.fromEntries(set),
      ...(isReckoned && { reckoning: newReckoning(ctx, { completion, points }) }),
    },
    $unset: Object.fromEntries(unset.map(([name]) => [name, 1])),
  };
}

function isForGrades(name: string): boolean {
  return Object.hasOwn(graded.shape, name);
}

function pointsNotOurs(): AppError {
  return new AppError(422, 'points-not-ours', t('attempts.pointsNotOurs'), {
    detail: t('attempts.pointsNotOurs.detail'),
  });
}
