import type { Context } from '../context.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';

/**
 * Some platforms take scores and fail at showing results, always. Whether that is so shows only in a score that
 * is taken where looking failed: while both fail, the platform is down, and is looked at again when it is back.
 */
type Sight = { failed: number; blindUntil: number };

/** Looks in vain, one after the other, after which a score is sent without having looked. */
const enough = 3;
/** Milliseconds before a platform that cannot show its results is asked for them again. */
const blindFor = 10 * 60_000;

const sights = new WeakMap<Context['db'], Map<string, Sight>>();
type World = Pick<Context, 'db' | 'now'>;
type Platform = Pick<PlatformRecord, '_id'>;

/** Is it worth looking? */
export function canSee(ctx: World, platform: Platform): boolean {
  return sightOf(ctx, platform).blindUntil <= ctx.now().getTime();
}

export function hasSeen(ctx: World, platform: Platform): void {
  Object.assign(sightOf(ctx, platform), { failed: 0, blindUntil: 0 });
}

/** It failed once more; true: it is time to send without having looked. */
export function hasFailed(ctx: World, platform: Platform): boolean {
  return (sightOf(ctx, platform).failed += 1) >= enough;
}

/** It took a score where looking had failed. */
export function isBlind(ctx: World, platform: Platform): void {
  sightOf(ctx, platform).blindUntil = ctx.now().getTime() + blindFor;
}

function sightOf({ db }: World, { _id }: Platform): Sight {
  const all = sights.get(db) ?? new Map<string, Sight>();
  sights.set(db, all);
  const sight = all.get(_id) ?? { failed: 0, blindUntil: 0 };
  all.set(_id, sight);
  return sight;
}
