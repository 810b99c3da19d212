import type { Context } from '../context.ts';
import type { EngineState } from '../scorm/engine.ts';
import { isRunning } from '../scorm/player.ts';
import { announce } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { beginningOf } from './launches.ts';
import { record } from './record.ts';

type World = Pick<Context, 'db' | 'now' | 'log'>;

/** An attempt that another follows stays as it is: what was open in it is suspended, and no window writes into it any more. */
export async function leaveBehind(ctx: World, attempt: AttemptRecord): Promise<void> {
  for (let now: AttemptRecord | null = attempt; now?.launch; now = await read(ctx, attempt._id)) {
    const closed = await closeSession(ctx, now, now.launch);
    if (closed?.unannounced) await announce(ctx, closed);
    const left =
      closed &&
      (await attempts(ctx.db).updateOne(
        { _id: closed._id, revision: closed.revision, launch: now.launch },
        { $unset: { launch: 1, live: 1 } },
      ));
    if (left?.matchedCount) return;
    // Its window did something meanwhile.
  }
}

async function closeSession(
  ctx: World,
  attempt: AttemptRecord,
  launch: string,
): Promise<AttemptRecord | null> {
  const state = JSON.parse(attempt.state) as EngineState;
  if (!isRunning(state)) return attempt;
  const acts = [{ do: 'close' as const, activity: state.current! }];
  const since = (await beginningOf(ctx, launch)) ?? attempt.startedAt;
  return record(ctx, attempt, { launch, mode: 'normal', acts, since, isFirst: attempt.seq === 0, note: {} });
}

async function read(ctx: Pick<Context, 'db'>, _id: string): Promise<AttemptRecord | null> {
  return attempts(ctx.db).findOne({ _id }).lean<AttemptRecord>();
}
