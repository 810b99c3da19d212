import { Router } from 'express';
import { findAttempt } from '../attempts/open.ts';
import { reviewAddress } from '../attempts/review.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

/** POST /admin/attempts/<id>/review: "Look at this attempt". */
export function reviewRoutes(ctx: Context): Router {
  const routes = Router();
  routes.post('/:id/review', checkForm, async (req, res) => {
    const { workspace } = visitorOf(req);
    const attempt = await findAttempt(ctx, workspace, String(req.params.id));
    if (!attempt) throw new NotFound(t('admin.attempt'));
    const returnUrl = `${ctx.config.publicUrl}/admin/attempts/${attempt._id}`;
    res.redirect(303, await reviewAddress(ctx, attempt, { returnUrl }));
  });
  return routes;
}
