import type { Context } from '../context.ts';
import type { Column } from './ags.ts';
import { readLineItem } from './line-items.ts';
import type { LtijsWorld } from './ltijs.ts';

/** Milliseconds for which we believe what a column said; a platform scales by the maximum that comes with a score, so an old one is not wrong. */
const fresh = 10 * 60_000;
const mostKept = 2_000;

type Known = { until: number; points: Promise<number | undefined> };
const caches = new WeakMap<Context['db'], Map<string, Known>>();

/**
 * The points of a column, as its platform has them: scores are sent in them, so that what stands in the gradebook is
 * what we say we sent. Undefined where the platform does not show its columns, or has no points there.
 */
export async function columnPoints(ctx: LtijsWorld, column: Column): Promise<number | undefined> {
  const kept = caches.get(ctx.db) ?? new Map<string, Known>();
  caches.set(ctx.db, kept);
  const key = `${column.platform._id} ${column.lineItem}`;
  const now = ctx.now().getTime();
  const known = kept.get(key);
  if (known && known.until > now) return known.points;
  if (kept.size >= mostKept) kept.clear();
  const points = read(ctx, column);
  kept.set(key, { until: now + fresh, points });
  points.catch(() => kept.delete(key));
  return points;
}

async function read(ctx: LtijsWorld, { granted = [], ...column }: Column): Promise<number | undefined> {
  const answer = await readLineItem(ctx, { ...column, granted });
  return answer.ok && answer.lineItem.scoreMaximum > 0 ? answer.lineItem.scoreMaximum : undefined;
}
