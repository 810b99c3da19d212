import type { Context } from '../context.ts';
import type { Act } from '../scorm/engine.ts';
import { openedElsewhere } from './alive.ts';
import { announce } from './announce.ts';
import { attempts, type AttemptRecord, type EarlierLaunch } from './attempt.model.ts';
import { attemptRemoved, beginningOf, takeLaunch } from './launches.ts';
import { record } from './record.ts';

/** What a browser kept of an earlier launch, because nobody had acknowledged it when its tab went. */
export type Leftover = { launch: string; commits: { seq: number; patch: Act[] }[] };

/** What came of it: how many commits are stored now, and how many came too late. */
export type Recovered = { recovered: number; lost: number };

/**
 * Takes up what an earlier launch could not send, before the present one does anything: only what the server does not have
 * of it yet, and only if nobody else has recorded something since, for then it is older than what is there.
 */
export async function recoverAttempt(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  token: string,
  leftover: Leftover,
): Promise<Recovered> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  for (let now: AttemptRecord | null = attempt; now; now = await attemptOf(ctx, attempt._id)) {
    if (now.launch !== launch._id && launch.mode !== 'review') throw openedElsewhere();
    const from = now.earlier?.find((one) => one.launch === leftover.launch);
    const commits = leftover.commits
      .filter(({ seq }) => seq > (from?.seq ?? 0))
      .toSorted((a, b) => a.seq - b.seq);
    const mayStillCome = from && !from.over && now.seq === 0 && launch.mode === 'normal';
    if (commits.length === 0 || !mayStillCome) return tooLate(ctx, now, leftover, commits.length);
    const saved = await record(ctx, now, {
      launch: launch._id,
      mode: launch.mode,
      acts: commits.flatMap(({ patch }) => patch),
      since: (await beginningOf(ctx, leftover.launch)) ?? now.startedAt,
      isFirst: from.seq === 0,
      note: { earlier: carriedOn(now.earlier!, leftover.launch, commits.at(-1)!.seq) },
    });
    if (saved?.unannounced) await announce(ctx, saved);
    if (saved) return { recovered: commits.length, lost: 0 };
    // Something else was quicker: look again.
  }
  throw attemptRemoved();
}

/** One of them has recorded something more: the others are over with that. */
function carriedOn(earlier: EarlierLaunch[], launch: string, seq: number): EarlierLaunch[] {
  return earlier.map((one) => (one.launch === launch ? { launch, seq } : { ...one, over: true }));
}

function tooLate(
  ctx: Pick<Context, 'log'>,
  { _id }: AttemptRecord,
  { launch }: Leftover,
  lost: number,
): Recovered {
  if (lost > 0) ctx.log.warn({ attempt: _id, launch, lost }, 'what a browser had kept came too late');
  return { recovered: 0, lost };
}

async function attemptOf(ctx: Pick<Context, 'db'>, _id: string): Promise<AttemptRecord | null> {
  return attempts(ctx.db).findOne({ _id }).lean<AttemptRecord>();
}
