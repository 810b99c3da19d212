import express, { Router, type RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Context } from '../context.ts';
import { AppError } from '../web/errors.ts';
import { noStore } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { dispatchLaunch, openDispatch } from './open.ts';

/** The door for the shells of dispatch ZIPs. They run on pages of any LMS, so any origin may ask; there are no cookies to abuse. */
export function dispatchRoutes(ctx: Context): Router {
  const router = Router();
  router.use(anyOrigin);
  // The shell sends text/plain, which needs no preflight: one round trip less, and one thing less for a proxy to break.
  const body = express.json({ type: ['application/json', 'text/plain'], limit: '16kb' });
  router.options('/:id/launch', (_req, res) => void res.sendStatus(204));
  router.post('/:id/launch', busy(), noStore, body, async (req, res) => {
    const asked = parse(dispatchLaunch, req.body, t('dispatch.launch'));
    res.json(await openDispatch(ctx, String(req.params.id), asked));
  });
  return router;
}

const anyOrigin: RequestHandler = (_req, res, next) => {
  res.set({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '86400',
    'Access-Control-Expose-Headers': 'Retry-After',
  });
  next();
};

/** The shell key is public knowledge: this is what it can be used for at most. A whole school may start at once behind one address. */
function busy(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: 600,
    standardHeaders: true,
    legacyHeaders: false,
    // Its own complaints about proxy settings go to the console; ours is TRUST_PROXY.
    validate: false,
    handler: (_req, _res, next) => {
      next(
        new AppError(429, 'busy', t('dispatch.busy.title'), {
          detail: t('dispatch.busy.detail'),
          retryAfter: 30,
        }),
      );
    },
  });
}
