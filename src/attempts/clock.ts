import type { Context } from '../context.ts';
import type { EngineState } from '../scorm/engine.ts';
import { spentIn } from '../scorm/player.ts';
import type { AttemptRecord } from './attempt.model.ts';

/** Seconds by which the clocks of two of our machines may differ. */
const leeway = 5;

/**
 * What the time spent in an attempt may come to now. A browser says how long its learner was there; it is not believed more
 * than has passed by our clock since its launch, whose `since` this is. `isFirst`: nothing is stored of that launch yet.
 */
export function allowTime(
  ctx: Pick<Context, 'now'>,
  before: Pick<AttemptRecord, 'spentBefore'>,
  state: EngineState,
  { since, isFirst }: { since: Date; isFirst: boolean },
): { spentBefore: number; mostSeconds: number } {
  const spentBefore = (isFirst ? undefined : before.spentBefore) ?? spentIn(state);
  const passed = (ctx.now().getTime() - since.getTime()) / 1000;
  return { spentBefore, mostSeconds: spentBefore + Math.max(0, passed) + leeway };
}
