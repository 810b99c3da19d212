import { Router } from 'express';
import { z } from 'zod';
import { stopLaunches } from '../attempts/launches.ts';
import type { Context } from '../context.ts';
import { listInvitations } from '../lti/invitations.ts';
import {
  approveDeployment,
  disableDeployment,
  disablePlatform,
  enablePlatform,
  listDeployments,
  listPlatforms,
} from '../lti/platforms.ts';
import { keyState, rotateKeys } from '../lti/rotate-keys.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { connectRoutes } from './connect.ts';
import { checkForm } from './own-requests.ts';
import { platformRoutes } from './platform.ts';
import { deploymentRow, platformRow } from './platform-row.ts';
import { settingsRoutes } from './settings.ts';
import { visitorOf } from './visitor.ts';

const decision = z.object({ decision: z.enum(['allow', 'disable']) });

/** The LMSs we are connected with, and the places inside them that may launch our courses. */
export function platformsRoutes(ctx: Context): Router {
  const routes = Router();
  routes.use('/connect', connectRoutes(ctx));
  routes.use(platformRoutes(ctx), settingsRoutes(ctx));

  routes.get('/', async (req, res) => {
    const { workspace } = visitorOf(req);
    const [platforms, deployments, invitations, keys] = await Promise.all([
      listPlatforms(ctx, workspace),
      listDeployments(ctx, workspace),
      listInvitations(ctx, workspace),
      keyState(ctx, workspace),
    ]);
    const rows = platforms.map((platform) => platformRow(platform, deployments, ctx.config));
    page(req, res, 'admin/platforms', {
      said: req.query.said,
      platforms: rows,
      keys,
      waiting: deployments
        .filter(({ status }) => status === 'waiting')
        .map((deployment) => ({
          ...deploymentRow(deployment),
          platform: rows.find(({ id }) => id === deployment.platform)?.name ?? '',
        })),
      open: invitations
        .filter(({ usedAt, expiresAt }) => !usedAt && expiresAt > ctx.now())
        .map(({ createdAt, expiresAt }) => ({ createdAt, expiresAt })),
    });
  });

  routes.post('/keys', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    const { rotated } = await rotateKeys(ctx, { workspace, by: person._id });
    if (rotated > 0) ctx.log.info({ by: person._id, workspace, rotated }, 'new keys to sign with were made');
    // Where they are under way already, the page says so itself.
    res.redirect(303, `/admin/platforms${rotated > 0 ? '?said=keys' : '#keys'}`);
  });

  routes.post('/:id', checkForm, async (req, res) => {
    const { workspace } = visitorOf(req);
    const id = String(req.params.id);
    if (parse(decision, req.body).decision === 'allow') await enablePlatform(ctx, workspace, id);
    else await switchOff(workspace, id);
    res.redirect(303, '/admin/platforms?said=changed');
  });

  routes.post('/deployments/:id', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    const id = String(req.params.id);
    if (parse(decision, req.body).decision === 'allow')
      await approveDeployment(ctx, workspace, id, person._id);
    else {
      await disableDeployment(ctx, workspace, id, person._id);
      await stopLaunches(ctx, [id]);
    }
    res.redirect(303, '/admin/platforms?said=changed');
  });

  /** Nobody comes from there any more, and what is being played from there ends. */
  async function switchOff(workspace: string, platform: string): Promise<void> {
    await disablePlatform(ctx, workspace, platform);
    const places = await listDeployments(ctx, workspace, platform);
    await stopLaunches(
      ctx,
      places.map(({ _id }) => _id),
    );
  }

  return routes;
}
