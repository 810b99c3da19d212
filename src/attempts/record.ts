import type { Context } from '../context.ts';
import type { Act, EngineSettings, EngineState, Refusal } from '../scorm/engine.ts';
import { apply, isRunning, progressOf } from '../scorm/player.ts';
import { change } from '../store/together.ts';
import { toTheMinute } from './alive.ts';
import { hasNews } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { allowTime } from './clock.ts';
import { definitionOf } from './definitions.ts';
import { keepRefused } from './log-refused.ts';
import { isLogged } from './log.ts';

export type Recording = {
  launch: string;
  mode: EngineSettings['mode'];
  acts: Act[];
  /** When the launch began whose acts they are, and are they the first of it? */
  since: Date;
  isFirst: boolean;
  /** What else the same write notes. */
  note: Partial<Pick<AttemptRecord, 'seq' | 'earlier'>>;
};

/**
 * Writes an attempt as it is after these acts, in one update of one document: state, progress, and what is to be announced.
 * Null where it has changed since it was read, or another launch has taken it over. `write`: changeTogether, for who looks again
 * at null and finds what has been stored all the same.
 */
export async function record(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  before: AttemptRecord,
  { launch, mode, acts, since, isFirst, note }: Recording,
  write: typeof change = change,
): Promise<AttemptRecord | null> {
  const definition = await definitionOf(ctx, before.version);
  // Who the learner is decides nothing in a replay: it is answered, never stored.
  const settings = { learner: { id: '', name: '' }, mode, completion: before.completion };
  const was = JSON.parse(before.state) as EngineState;
  const { spentBefore, mostSeconds } = allowTime(ctx, before, was, { since, isFirst });
  const { state, refused } = apply(definition, was, settings, acts, mostSeconds);
  const progress = progressOf(definition, state, before.completion);
  const live = isRunning(state) ? toTheMinute(ctx.now()) : undefined;
  const finished = progress.completion === 'completed' || progress.success !== 'unknown';
  const news: Partial<AttemptRecord> = {
    state: JSON.stringify(state),
    revision: before.revision + 1,
    progress,
    spentBefore,
    savedAt: ctx.now(),
    ...note,
    ...(live ? { live } : {}),
    ...(finished && !before.finishedAt ? { finishedAt: ctx.now() } : {}),
    ...(hasNews(before, { progress, live }) ? { unannounced: true } : {}),
  };
  const isStored = await write(
    attempts(ctx.db),
    { _id: before._id, revision: before.revision, launch, seq: before.seq },
    { $set: news, ...(live ? {} : { $unset: { live: 1 } }) },
  );
  if (!isStored) return null;
  const saved = { ...before, live, ...news };
  if (refused.length > 0) logRefused(ctx, before, refused);
  if (refused.length > 0 && isLogged(ctx, saved)) await keepRefused(ctx, saved, refused);
  return saved;
}

/** Once per stored commit, and without values: they may say things of people. */
function logRefused(ctx: Pick<Context, 'log'>, { _id, version }: AttemptRecord, refused: Refusal[]): void {
  const examples = refused.slice(0, 5).map(({ act, error }) => ({
    do: act.do,
    ...('element' in act ? { element: String(act.element).slice(0, 100) } : {}),
    error,
  }));
  ctx.log.warn(
    { attempt: _id, version, refused: refused.length, examples },
    'acts that could not be done again',
  );
}
