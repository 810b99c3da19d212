import { Router } from 'express';
import { startLaunch } from '../attempts/launches.ts';
import { findAttempt } from '../attempts/open.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import { contentOrigin } from '../web/origins.ts';
import { t } from '../web/text.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

type Wanted = {
  workspace: string;
  /** The attempt's id. */
  attempt: string;
  /** Where "Return to course" leads. */
  returnUrl: string;
};

/**
 * Where one of ours looks at a learner's attempt as it stands: the player in review mode. Nothing of it is stored, and the
 * learner, who may be in it at this moment, is not disturbed.
 */
export async function reviewAddress(
  ctx: Pick<Context, 'db' | 'now' | 'config'>,
  { workspace, attempt: id, returnUrl }: Wanted,
): Promise<string> {
  const attempt = await findAttempt(ctx, workspace, id);
  if (!attempt) throw new NotFound(t('admin.attempt'));
  const { token } = await startLaunch(ctx, attempt, { mode: 'review', returnUrl });
  return `${contentOrigin(ctx.config, attempt.version)}/play#${token}`;
}

/** POST /admin/attempts/<id>/review: "Look at this attempt". */
export function reviewRoutes(ctx: Context): Router {
  const routes = Router();
  routes.post('/:id/review', checkForm, async (req, res) => {
    const { workspace } = visitorOf(req);
    const attempt = String(req.params.id);
    const returnUrl = `${ctx.config.publicUrl}/admin/attempts/${attempt}`;
    res.redirect(303, await reviewAddress(ctx, { workspace, attempt, returnUrl }));
  });
  return routes;
}
