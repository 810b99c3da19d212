import { json, Router } from 'express';
import { z } from 'zod';
import { inspectAttempt } from '../attempts/inspect.ts';
import { listAttempts } from '../attempts/list.ts';
import { forgetLog, isLogged, readLog, switchLog } from '../attempts/log.ts';
import { findAttempt } from '../attempts/open.ts';
import { removeAttempt } from '../attempts/remove.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { callerOf, needs } from './authenticate.ts';
import { paging } from './paging.ts';
import { presentAttempt, presentInspected, presentLog } from './present.ts';

const list = paging.extend({
  course: z.string().max(100).optional(),
  link: z.string().max(100).optional(),
  learner: z.string().max(100).optional(),
});
const logQuery = z.object({ errors: z.enum(['true', 'false']).default('false') });
const turn = z.strictObject({ on: z.boolean() });

/** What learners did, and the log of it where somebody wants one. */
export function attemptRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', needs('attempts:read'), async (req, res) => {
    const query = parse(list, req.query, t('api.query'));
    const { attempts, nextCursor } = await listAttempts(ctx, callerOf(req).workspace, query);
    res.json({ data: attempts.map(presentAttempt), nextCursor: nextCursor ?? null });
  });

  routes.get('/:id', needs('attempts:read'), async (req, res) => {
    const inspected = await inspectAttempt(ctx, callerOf(req).workspace, String(req.params.id));
    res.json(presentInspected(inspected, isLogged(ctx, inspected.attempt)));
  });

  routes.delete('/:id', needs('attempts:write'), async (req, res) => {
    const { workspace, key } = callerOf(req);
    await removeAttempt(ctx, workspace, String(req.params.id), key);
    res.status(204).end();
  });

  routes.get('/:id/log', needs('attempts:read'), async (req, res) => {
    const { errors } = parse(logQuery, req.query, t('api.query'));
    const attempt = await attemptOf(req);
    const log = await readLog(ctx, attempt._id, { errors: errors === 'true' });
    res.json(presentLog(attempt, log, isLogged(ctx, attempt)));
  });

  routes.put('/:id/log', needs('attempts:write'), json({ limit: '1kb' }), async (req, res) => {
    const { on } = parse(turn, req.body, t('api.change'), 422);
    const { workspace, key } = callerOf(req);
    await switchLog(ctx, workspace, String(req.params.id), { on, by: key });
    const { log } = await attemptOf(req);
    res.json({ on, until: log?.until.toISOString() ?? null });
  });

  routes.delete('/:id/log', needs('attempts:write'), async (req, res) => {
    await forgetLog(ctx, (await attemptOf(req))._id);
    res.status(204).end();
  });

  async function attemptOf(req: Parameters<typeof callerOf>[0]) {
    const attempt = await findAttempt(ctx, callerOf(req).workspace, String(req.params.id));
    if (!attempt) throw new NotFound(t('attempts.attempt'));
    return attempt;
  }

  return routes;
}
