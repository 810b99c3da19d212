import type { Context } from '../context.ts';
import type { Act, EngineState, Refusal } from '../scorm/engine.ts';
import { apply, progressOf } from '../scorm/player.ts';
import type { Progress } from '../scorm/progress.ts';
import { Conflict, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { announce, hasNews } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { definitionOf } from './definitions.ts';
import type { LaunchRecord } from './launch.model.ts';
import { takeLaunch } from './launches.ts';

type World = Pick<Context, 'db' | 'now' | 'log'>;

/** What a browser sends: its launch, the number of this commit (1, 2, 3 … in a launch), and what was done since the last. */
export type Commit = { launch: string; seq: number; patch: Act[] };
/** What is stored: the attempt's revision, the last commit in it, and what it comes to. */
export type Committed = { revision: number; seq: number; progress: Progress };

/**
 * Stores what a course did: replays it, and writes state, progress and the commit's number in one update of one
 * document. Sent again, it changes nothing and answers the same. It answers when what follows has been put down too.
 */
export async function commitAttempt(ctx: World, token: string, commit: Commit): Promise<Committed> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  if (commit.launch !== launch._id) {
    throw new Unauthorized('launch-unknown', t('attempts.launchUnknown'), {
      detail: t('attempts.openAgain'),
    });
  }
  if (launch.mode === 'review') return committed(attempt, commit.seq);
  for (let now: AttemptRecord | null = attempt; now; now = await read(ctx, attempt._id)) {
    if (now.launch !== launch._id) {
      throw new Conflict('opened-elsewhere', t('attempts.openedElsewhere'), {
        detail: t('attempts.openedElsewhere.detail'),
      });
    }
    if (commit.seq > now.seq + 1) throw gap(now.seq + 1);
    const saved = commit.seq <= now.seq ? now : await store(ctx, now, launch, commit);
    // A commit that came before but died before it was announced is announced now: its sender still waits for an answer.
    if (saved?.unannounced) await announce(ctx, saved);
    if (saved) return committed(saved, saved.seq);
    // Another commit was quicker: look again.
  }
  throw new Unauthorized('launch-unknown', t('attempts.launchUnknown'), { detail: t('attempts.openAgain') });
}

/** Writes the attempt as it is after the commit, unless it changed since it was read: then null. */
async function store(
  ctx: World,
  before: AttemptRecord,
  launch: LaunchRecord,
  { seq, patch }: Commit,
): Promise<AttemptRecord | null> {
  const definition = await definitionOf(ctx, before.version);
  // Who the learner is decides nothing in a replay: it is answered, never stored.
  const settings = { learner: { id: '', name: '' }, mode: launch.mode };
  const { state, refused } = apply(definition, JSON.parse(before.state) as EngineState, settings, patch);
  const progress = progressOf(definition, state);
  const finished = progress.completion === 'completed' || progress.success !== 'unknown';
  const saved = await attempts(ctx.db)
    .findOneAndUpdate(
      { _id: before._id, revision: before.revision, launch: launch._id },
      {
        $set: {
          state: JSON.stringify(state),
          revision: before.revision + 1,
          seq,
          progress,
          savedAt: ctx.now(),
          ...(finished && !before.finishedAt ? { finishedAt: ctx.now() } : {}),
          ...(hasNews(before.progress, progress) ? { unannounced: true } : {}),
        },
      },
      { returnDocument: 'after' },
    )
    .lean<AttemptRecord>();
  if (saved && refused.length > 0) logRefused(ctx, before, refused);
  return saved;
}

/** Once per stored commit, and without values: they may say things of people. */
function logRefused(ctx: World, { _id, version }: AttemptRecord, refused: Refusal[]): void {
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

async function read(ctx: Pick<Context, 'db'>, id: string): Promise<AttemptRecord | null> {
  return attempts(ctx.db).findOne({ _id: id }).lean<AttemptRecord>();
}

function committed({ revision, progress }: AttemptRecord, seq: number): Committed {
  return { revision, seq, progress };
}

/** A commit before this one has not come: the browser sends on from there. */
function gap(expected: number): Conflict {
  return new Conflict('gap', t('attempts.gap'), {
    detail: t('attempts.gap.detail', { expected }),
    members: { expected },
  });
}
