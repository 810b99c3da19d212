import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Launch } from '../lti/verify-launch.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { findAsked, openReview, takeReview } from './review.ts';
import { lookAddress, reviewPage } from './review-page.ts';

const form = z.object({ ticket: z.string().max(100), attempt: z.string().max(100) });

/** Everything after a learner's work has been shown: another attempt, the course as it was left. Plain forms; the ticket is the key. */
export function reviewRoutes(ctx: Context): Router {
  const router = Router();
  const body = express.urlencoded({ extended: false, limit: '10kb', parameterLimit: 10 });

  router.post('/review', body, async (req, res) => {
    const { ticket, attempt } = parse(form, req.body ?? {}, t('launch.form'));
    const review = await takeReview(ctx, ticket);
    page(req, res, 'launch/review', await reviewPage(ctx, review, ticket, attempt));
  });
  router.post('/review/look', body, async (req, res) => {
    const { ticket, attempt } = parse(form, req.body ?? {}, t('launch.form'));
    res.redirect(303, await lookAddress(ctx, await takeReview(ctx, ticket), attempt));
  });
  return router;
}

/** A learner's work, as the answer to a launch from the gradebook. */
export async function showReview(ctx: Context, req: Request, res: Response, launch: Launch): Promise<void> {
  const asked = await findAsked(ctx, launch);
  if (!asked) return void page(req, res, 'launch/review', { attempt: undefined });
  const ticket = await openReview(ctx, launch, asked);
  const review = await takeReview(ctx, ticket);
  page(req, res, 'launch/review', await reviewPage(ctx, review, ticket, asked.attempt));
}
