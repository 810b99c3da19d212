import type { Context } from '../context.ts';
import { getVersion } from '../packages/courses.ts';
import type { AttemptRecord } from '../attempts/attempt.model.ts';
import type { LaunchRecord } from '../attempts/launch.model.ts';
import { gradeStateFor } from '../attempts/grade-state.ts';
import { getLearner } from '../attempts/learners.ts';
import { takeRule } from '../attempts/completion-rule.ts';
import { isLogged } from '../attempts/log.ts';
import { closeLaunch, takeLaunch } from '../attempts/launches.ts';
import { standingOf, type Standing } from '../attempts/standing.ts';
import { Conflict } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { contentPath } from './content-path.ts';
import { keepFor } from './keep.ts';

/** What the player's page is told at POST /play/open; the client's type of it is client/opened.ts. */
export async function openPlayer(ctx: Pick<Context, 'db' | 'now' | 'secret' | 'config'>, token: string) {
  const { launch, attempt } = await takeLaunch(ctx, token);
  if (attempt.launch !== launch._id && launch.mode !== 'review')
    throw new Conflict('opened-elsewhere', t('player.elsewhere'), { detail: t('player.elsewhere.detail') });
  const [version, learner, completion, standing] = await Promise.all([
    getVersion(ctx, attempt.version),
    getLearner(ctx, attempt.learner),
    takeRule(ctx, attempt),
    standingFor(ctx, launch, attempt),
  ]);
  const grade = standing?.grade?.given === undefined ? undefined : await gradeStateFor(ctx, attempt);
  const isClosed = standing !== undefined && !standing.offers.includes('goOn');
  // Not the browser's word for it: what is handed in stays as it is.
  if (isClosed) await closeLaunch(ctx, launch);
  const mode = isClosed ? 'review' : launch.mode;
  return {
    version: version._id,
    launch: launch._id,
    seq: attempt.seq,
    title: version.title,
    definition: version.definition,
    state: JSON.parse(attempt.state) as unknown,
    progress: attempt.progress,
    settings: { learner: { id: learner.sub, name: learner.name }, mode, completion },
    files: contentPath(ctx, version._id),
    graded: attempt.graded,
    log: isLogged(ctx, attempt),
    standing,
    grade,
    returnUrl: launch.returnUrl,
    platformName: launch.platformName,
    // Three may get lost before a silence is taken for the end.
    beat: (ctx.config.sessionMinutes * 60) / 4,
    keep: launch.mode === 'normal' && attempt.graded ? keepFor(ctx.secret, attempt._id) : undefined,
  };
}

/** Who looks back, or is on a preview by their LMS's word, has nothing to choose. */
async function standingFor(
  ctx: Pick<Context, 'db'>,
  { mode }: LaunchRecord,
  attempt: AttemptRecord,
): Promise<Standing | undefined> {
  return mode === 'normal' ? standingOf(ctx, attempt) : undefined;
}
