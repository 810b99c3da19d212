import type { Context } from '../context.ts';
import { getVersion } from '../packages/courses.ts';
import { getLearner } from '../attempts/learners.ts';
import { takeLaunch } from '../attempts/launches.ts';
import { takeRule } from '../attempts/completion-rule.ts';
import { Conflict } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { contentPath } from './content-path.ts';
import { keepFor } from './keep.ts';

/** What the player's page is told at POST /play/open; the client's type of it is client/opened.ts. */
export async function openPlayer(ctx: Pick<Context, 'db' | 'now' | 'secret' | 'config'>, token: string) {
  const { launch, attempt } = await takeLaunch(ctx, token);
  if (attempt.launch !== launch._id)
    throw new Conflict('opened-elsewhere', t('player.elsewhere'), { detail: t('player.elsewhere.detail') });
  const [version, learner, completion] = await Promise.all([
    getVersion(ctx, attempt.version),
    getLearner(ctx, attempt.learner),
    takeRule(ctx, attempt),
  ]);
  return {
    version: version._id,
    launch: launch._id,
    seq: attempt.seq,
    title: version.title,
    definition: version.definition,
    state: JSON.parse(attempt.state) as unknown,
    settings: { learner: { id: learner.sub, name: learner.name }, mode: launch.mode, completion },
    files: contentPath(ctx, version._id),
    graded: attempt.graded,
    returnUrl: launch.returnUrl,
    platformName: launch.platformName,
    // Three may get lost before a silence is taken for the end.
    beat: (ctx.config.sessionMinutes * 60) / 4,
    keep: launch.mode === 'normal' && attempt.graded ? keepFor(ctx.secret, attempt._id) : undefined,
  };
}
