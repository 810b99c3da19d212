import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { playRulesBody } from '../packages/play-rules.ts';
import { AppError, NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { links, type LinkRecord, type LinkRules } from './link.model.ts';
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
 * Changes the rules of a link. Where other grades may come of it, every learner's there is reckoned anew and told where it is another one, also
 * a lower one or none: the first few now, the others in the minutes after (reckoning.ts). Answers the link as it is.
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
  const mine = { _id: id, workspace };
  const changed =
    (await write(ctx, { ...mine, ...asRead(before) }, updateOf(ctx, change, before))) ??
    // Somebody else has changed them in this moment: what differs from theirs is not known.
    (await write(ctx, mine, updateOf(ctx, change)));
  if (!changed) throw new NotFound(t('attempts.link'));
  return reckonStep(ctx, changed);
}

async function write(ctx: Pick<Context, 'db'>, which: object, update: object): Promise<LinkRecord | null> {
  return links(ctx.db).findOneAndUpdate(which, update, { returnDocument: 'after' }).lean<LinkRecord>();
}

/** A link whose rules for grades are still these. */
function asRead({ rules, play }: LinkRecord): Record<string, unknown> {
  const names = Object.keys(graded.shape) as (keyof LinkRules)[];
  return {
    ...Object.fromEntries(names.map((name) => [`rules.${name}`, rules[name] ?? null])),
    'play.completion': play?.completion ?? null,
  };
}

function updateOf(ctx: Pick<Context, 'now'>, change: LinkRulesChange, before?: LinkRecord) {
  const given = Object.entries(change).filter(([, value]) => value !== undefined);
  const named = given.map(
    ([name, value]) => [`${isForGrades(name) ? 'rules' : 'play'}.${name}`, value] as const,
  );
  const set = named.filter(([, value]) => value !== null);
  const unset = named.filter(([, value]) => value === null);
  const differs = before ? differenceOf(before, change) : { completion: true, points: true };
  return {
    $set: {
      ...Object.fromEntries(set),
      ...(differs && { reckoning: newReckoning(ctx, withPending(differs, before?.reckoning)) }),
    },
    $unset: Object.fromEntries(unset.map(([name]) => [name, 1])),
  };
}

type Difference = { completion: boolean; points: boolean };

/** What a reckoning that is under way still has to do, the one that begins now must do. */
function withPending({ completion, points }: Difference, pending: LinkRecord['reckoning']) {
  return {
    completion: completion || pending?.completion === true,
    points: points || pending?.points === true,
    ...(pending?.again && { again: true }),
  };
}

/** What a change makes of grades: undefined where every grade is what it was, so that none is reckoned anew. */
export function differenceOf(
  before: Pick<LinkRecord, 'rules' | 'play'>,
  change: LinkRulesChange,
): Difference | undefined {
  const given = Object.entries(change).filter(([name, value]) => isForGrades(name) && value !== undefined);
  const after = { ...before.rules, ...Object.fromEntries(given) } as Loose;
  const completion =
    change.completion !== undefined &&
    !isDeepStrictEqual(change.completion ?? undefined, before.play?.completion);
  if (!completion && isDeepStrictEqual(mattering(before.rules), mattering(after))) return undefined;
  return { completion, points: after.points !== before.rules.points };
}

type Loose = Omit<LinkRules, 'passMark'> & { passMark?: number | null };

/** A mark matters where passing counts, and who goes first where there is a mark; what is not said is as usual. */
function mattering({ counts, keep, points, override = 'keep', passMark, passBy = 'course' }: Loose) {
  const mark = counts === 'pass' && typeof passMark === 'number' ? { passMark, passBy } : {};
  return { counts, keep, points, override, ...mark };
}

function isForGrades(name: string): boolean {
  return Object.hasOwn(graded.shape, name);
}

function pointsNotOurs(): AppError {
  return new AppError(422, 'points-not-ours', t('attempts.pointsNotOurs'), {
    detail: t('attempts.pointsNotOurs.detail'),
  });
}
