import type { Context } from '../context.ts';
import type { EngineState } from '../scorm/engine.ts';
import { apply, progressOf } from '../scorm/player.ts';
import type { Progress } from '../scorm/progress.ts';
import { announce, hasNews } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { definitionOf } from './definitions.ts';

type World = Pick<Context, 'db' | 'now' | 'log'>;

const batch = 20;
/** So many that cannot be closed in one go are not looked past: something larger is wrong then. */
const mostFailures = 100;

/**
 * Closes the sessions of which nothing has been heard for `minutes`: their tab died, or its machine did. Whatever was to
 * wait until the course is left is said now. Called every minute, by any number of processes, where one of them has been here to hear
 * all that time (listening.ts).
 */
export async function closeSilent(ctx: World, minutes: number): Promise<number> {
  const since = new Date(ctx.now().getTime() - minutes * 60_000);
  const failed: string[] = [];
  for (let closed = 0; ;) {
    const silent = await attempts(ctx.db)
      .find({ live: { $lte: since }, _id: { $nin: failed } })
      .sort({ live: 1 })
      .limit(batch)
      .lean<AttemptRecord[]>();
    for (const attempt of silent) {
      try {
        if (await close(ctx, attempt)) closed += 1;
      } catch (error) {
        // One that cannot be closed must not keep the others open; it is tried again in a minute.
        failed.push(attempt._id);
        ctx.log.error({ attempt: attempt._id, err: error }, 'a silent session could not be closed');
      }
    }
    if (silent.length < batch || failed.length >= mostFailures) return closed;
  }
}

/**
 * Counts the session as closed, unless something was heard of it meanwhile. Its state stays as the tab left it: should the
 * tab speak again, or a browser bring what the tab could not send (recover.ts), that goes on from there; and whoever opens the
 * course next closes it in the state, too, before anything else.
 */
async function close(ctx: World, before: AttemptRecord): Promise<boolean> {
  const progress = await progressOnceClosed(ctx, before);
  const { _id, revision, launch, live } = before;
  const finished = progress.completion === 'completed' || progress.success !== 'unknown';
  const closed = await attempts(ctx.db)
    .findOneAndUpdate(
      { _id, revision, launch, live },
      {
        $set: {
          progress,
          revision: revision + 1,
          ...(finished && !before.finishedAt ? { finishedAt: ctx.now() } : {}),
          ...(hasNews(before, { progress }) ? { unannounced: true } : {}),
        },
        $unset: { live: 1 },
      },
      { returnDocument: 'after' },
    )
    .lean<AttemptRecord>();
  if (closed?.unannounced) await announce(ctx, closed);
  return closed !== null;
}

/** What the attempt comes to when its page is gone without a last word: that is a suspend. */
async function progressOnceClosed(ctx: World, attempt: AttemptRecord): Promise<Progress> {
  const { version, state, completion } = attempt;
  const definition = await definitionOf(ctx, version);
  const open = JSON.parse(state) as EngineState;
  const settings = { learner: { id: '', name: '' }, mode: 'normal' as const, completion };
  const acts = open.current === undefined ? [] : [{ do: 'close' as const, activity: open.current }];
  return progressOf(definition, apply(definition, open, settings, acts).state, completion);
}
