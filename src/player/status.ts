import type { AttemptRecord } from '../attempts/attempt.model.ts';
import { gradeStateFor } from '../attempts/grade-state.ts';
import { takeLaunch } from '../attempts/launches.ts';
import { latestOf } from '../attempts/open.ts';
import { standingOf } from '../attempts/standing.ts';
import type { Context } from '../context.ts';

/** What the attempt of a launch has come to, and how its grade fares: what is said after the course. */
export async function statusOf(ctx: Pick<Context, 'db' | 'now'>, token: string) {
  const { attempt } = await takeLaunch(ctx, token);
  return tell(ctx, attempt);
}

/**
 * The same of the learner's last attempt, for a page that waits while the course is open in another window: by the `launch` that has
 * it now it sees that one was opened.
 */
export async function watch(ctx: Pick<Context, 'db' | 'now'>, token: string) {
  const { attempt } = await takeLaunch(ctx, token);
  const last = await latestOf(ctx, attempt);
  return { ...(await tell(ctx, last)), launch: last.launch };
}

async function tell(ctx: Pick<Context, 'db'>, attempt: AttemptRecord) {
  const [grade, standing] = await Promise.all([gradeStateFor(ctx, attempt), standingOf(ctx, attempt)]);
  const { progress, revision, savedAt, finishedAt, graded } = attempt;
  return { progress, revision, savedAt, finishedAt, graded, grade, standing };
}
