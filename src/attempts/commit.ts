import type { Context } from '../context.ts';
import type { Act } from '../scorm/engine.ts';
import type { Progress } from '../scorm/progress.ts';
import { changeTogether } from '../store/together.ts';
import { Conflict, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { openedElsewhere } from './alive.ts';
import { announce } from './announce.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import type { LaunchRecord } from './launch.model.ts';
import { attemptRemoved, takeLaunch } from './launches.ts';
import { isLogged } from './log.ts';
import { record } from './record.ts';

type World = Pick<Context, 'db' | 'now' | 'log'>;

/** What a browser sends: its launch, the number of this commit (1, 2, 3 … in a launch), and what was done since the last. */
export type Commit = { launch: string; seq: number; patch: Act[] };
/** What is stored: the attempt's revision, the last commit in it, and what it comes to. `log`: its log is wanted (log.ts). */
export type Committed = { revision: number; seq: number; progress: Progress; log?: true };

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
  if (launch.mode === 'review' || launch.closed) return committed(ctx, attempt, commit.seq);
  for (let now: AttemptRecord | null = attempt; now; now = await read(ctx, attempt._id)) {
    if (now.launch !== launch._id) throw openedElsewhere();
    if (commit.seq > now.seq + 1) throw gap(now.seq + 1);
    const saved = commit.seq <= now.seq ? now : await store(ctx, now, launch, commit);
    // A commit that came before but died before it was announced is announced now: its sender still waits for an answer.
    if (saved?.unannounced) await announce(ctx, saved);
    if (saved) return committed(ctx, saved, saved.seq);
    // Another commit was quicker, or one that was written together with this: look again.
  }
  throw attemptRemoved();
}

function store(
  ctx: World,
  before: AttemptRecord,
  { _id, mode, createdAt }: LaunchRecord,
  { seq, patch }: Commit,
): Promise<AttemptRecord | null> {
  const isFirst = before.seq === 0;
  const recording = { launch: _id, mode, acts: patch, since: createdAt, isFirst, note: { seq } };
  return record(ctx, before, recording, changeTogether);
}

async function read(ctx: Pick<Context, 'db'>, id: string): Promise<AttemptRecord | null> {
  return attempts(ctx.db).findOne({ _id: id }).lean<AttemptRecord>();
}

function committed(ctx: World, attempt: AttemptRecord, seq: number): Committed {
  const { revision, progress } = attempt;
  return { revision, seq, progress, ...(isLogged(ctx, attempt) ? { log: true } : {}) };
}

/** A commit before this one has not come: the browser sends on from there. */
function gap(expected: number): Conflict {
  return new Conflict('gap', t('attempts.gap'), {
    detail: t('attempts.gap.detail', { expected }),
    members: { expected },
  });
}
