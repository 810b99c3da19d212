import { Router } from 'express';
import { listAttempts } from '../attempts/list.ts';
import type { Context } from '../context.ts';
import { listDeployments, listPlatforms } from '../lti/platforms.ts';
import { countDeliveries } from '../outbox/deliveries.ts';
import { listCourses } from '../packages/courses.ts';
import { page } from '../web/render.ts';
import { attemptRow } from './attempt-row.ts';
import { visitorOf } from './visitor.ts';

/** The first page: three steps that tick themselves, then what happens now. */
export function startRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', async (req, res) => {
    const { workspace } = visitorOf(req);
    const [{ courses }, { attempts }, platforms, deployments, waiting, givenUp] = await Promise.all([
      listCourses(ctx, workspace, { limit: 1 }),
      listAttempts(ctx, workspace, { limit: 8 }),
      listPlatforms(ctx, workspace),
      listDeployments(ctx, workspace),
      countDeliveries(ctx, workspace, 'waiting'),
      countDeliveries(ctx, workspace, 'given up'),
    ]);
    const theirs = platforms.filter(({ issuer }) => issuer !== ctx.config.sandboxUrl);
    const connected = theirs.find(({ _id }) =>
      deployments.some(({ platform, status }) => platform === _id && status === 'approved'),
    );
    page(req, res, 'admin/start', {
      sandboxUrl: ctx.config.sandboxUrl,
      hasCourse: courses.length > 0,
      played: attempts.some(({ attempt }) => attempt.progress.completion !== 'not attempted'),
      connected: connected?.name,
      unapproved: deployments.filter(({ status }) => status === 'waiting').length,
      waiting,
      givenUp,
      attempts: attempts.map((row) => ({
        ...attemptRow(row),
        course: `/admin/courses/${row.attempt.course}`,
      })),
    });
  });

  return routes;
}
