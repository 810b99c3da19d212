import { json, Router } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { createInvitation } from '../lti/invitations.ts';
import { listDeliveries, sendAgain } from '../outbox/deliveries.ts';
import { NotFound } from '../web/errors.ts';
import { noStore } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { attemptRoutes } from './attempts.ts';
import { callerOf, needs, requireKey } from './authenticate.ts';
import { courseRoutes } from './courses.ts';
import { paging } from './paging.ts';
import { presentDelivery } from './present.ts';

const deliveriesQuery = paging.extend({ status: z.enum(['waiting', 'delivered', 'given up']).optional() });

/** The door for programs, mounted at /api/v1. Every answer is JSON; every error RFC 9457 problem+json. */
export function apiRoutes(ctx: Context): Router {
  const routes = Router();
  routes.use(noStore, ...requireKey(ctx));
  routes.use('/attempts', attemptRoutes(ctx));
  routes.use('/courses', courseRoutes(ctx));

  routes.post('/invitations', needs('platforms:write'), json(), async (req, res) => {
    const { workspace, key } = callerOf(req);
    const { url, record } = await createInvitation(ctx, { workspace, by: key, approves: true });
    res.status(201).json({ url, expiresAt: record.expiresAt.toISOString() });
  });

  routes.get('/deliveries', needs('deliveries:read'), async (req, res) => {
    const query = parse(deliveriesQuery, req.query, t('api.query'));
    const { deliveries, nextCursor } = await listDeliveries(ctx, callerOf(req).workspace, query);
    res.json({ data: deliveries.map(presentDelivery), nextCursor: nextCursor ?? null });
  });

  routes.post('/deliveries/:id/send', needs('deliveries:write'), async (req, res) => {
    const delivery = await sendAgain(ctx, callerOf(req).workspace, String(req.params.id));
    if (!delivery) throw new NotFound(t('api.delivery'));
    res.status(202).json(presentDelivery(delivery));
  });

  routes.use(() => {
    throw new NotFound(t('api.address'));
  });
  return routes;
}
