import { Router, type Request, type Response } from 'express';
import type { Context } from '../context.ts';
import { heardOf } from '../lti/heard.ts';
import { createInvitation, listInvitations } from '../lti/invitations.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import {
  findPlatform,
  findPlatformBy,
  listDeployments,
  recordDeployment,
  savePlatform,
} from '../lti/platforms.ts';
import { NotFound } from '../web/errors.ts';
import { page } from '../web/render.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';
import { readByHand, showFields, type ByHandForm, type Fault } from './by-hand.ts';
import { firstSteps } from './first-steps.ts';
import { guideOf, guides, obstacleFor, valuesFor } from './guides.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

type Shown = {
  full?: boolean;
  invitation?: { id: string; url: string; expiresAt: Date };
  typed?: Record<string, unknown>;
  faults?: Fault[];
  /** The platform that stands in the way. */
  known?: PlatformRecord;
};

/** Connecting an LMS: by a one-time address that the LMS opens, or by hand. */
export function connectRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', (req, res) =>
    showConnect(req, res, req.query.lms, { full: req.query.addresses === 'all' }),
  );

  routes.post('/', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    const { url, record } = await createInvitation(ctx, { workspace, by: person._id, approves: true });
    // No redirect: this answer is the only place where the address ever stands.
    showConnect(req, res.status(201), bodyOf(req).lms, {
      invitation: { id: record._id, url, expiresAt: record.expiresAt },
    });
  });

  // What became of an invitation: a page of its own, and the live line of the page above.
  routes.get('/invitations/:id', async (req, res) => {
    const { workspace } = visitorOf(req);
    const invitation = (await listInvitations(ctx, workspace)).find(({ _id }) => _id === req.params.id);
    if (!invitation) throw new NotFound(t('admin.connect.invitation'));
    const platform = invitation.platform ? await findPlatform(ctx, invitation.platform) : undefined;
    page(req, res, 'admin/invitation', {
      expiresAt: invitation.expiresAt,
      connected: platform && {
        name: shorten(platform.name, 100),
        address: `/admin/platforms/${platform._id}`,
        steps: await stepsOf(platform),
      },
    });
  });

  routes.post('/by-hand', checkForm, async (req, res) => {
    const body = bodyOf(req);
    const { family } = guideOf(body.lms);
    const form: ByHandForm = { family, full: body.addresses === 'all' };
    const read = readByHand(form, body, ctx.config);
    const again = { full: form.full, typed: body };
    if ('faults' in read) return showConnect(req, res.status(422), family, { ...again, faults: read.faults });
    const { platform: given, deploymentId } = read;
    const { workspace } = visitorOf(req);
    const found = await findPlatformBy(ctx, given.issuer, given.clientId);
    // Nobody's: somebody began to connect it, and a crash ended that.
    const before = found?.workspace ? found : undefined;
    if (before && !(await isNewPlace(before, given, { workspace, deploymentId })))
      return showConnect(req, res.status(409), family, {
        ...again,
        ...(before.workspace === workspace
          ? { known: before, faults: [{ field: 'clientId', text: t('admin.connect.fault.taken') }] }
          : { faults: [{ field: 'clientId', text: t('admin.connect.fault.takenElsewhere') }] }),
      });
    const { audience, ...addresses } = given;
    const platform =
      before ??
      (await savePlatform(ctx, {
        workspace,
        ...addresses,
        authorizationServer: audience,
        family: family === 'other' ? undefined : family,
        trustsFirst: deploymentId === '',
      }));
    if (!platform) throw new NotFound(t('lti.platform'));
    if (deploymentId)
      await recordDeployment(ctx, { platform, deploymentId, status: 'approved', name: given.name });
    res.redirect(303, `/admin/platforms/${platform._id}?said=${before ? 'place' : 'added'}`);
  });

  /** Of an LMS that is connected, another place may be added: all schools at Blackboard have one issuer and one client id. */
  async function isNewPlace(
    before: PlatformRecord,
    given: Partial<PlatformRecord>,
    { workspace, deploymentId }: { workspace: string; deploymentId: string },
  ): Promise<boolean> {
    if (before.workspace !== workspace || !deploymentId) return false;
    const doors = ['authorizationEndpoint', 'tokenEndpoint', 'jwksUri'] as const;
    if (doors.some((door) => before[door] !== given[door])) return false;
    const places = await listDeployments(ctx, workspace, before._id);
    return !places.some((place) => place.deploymentId === deploymentId);
  }

  async function stepsOf(platform: PlatformRecord) {
    const [deployments, heard] = await Promise.all([
      listDeployments(ctx, platform.workspace, platform._id),
      heardOf(ctx, platform._id),
    ]);
    return firstSteps(platform, deployments, heard).steps;
  }

  function showConnect(req: Request, res: Response, lms: unknown, shown: Shown): void {
    const guide = guideOf(lms);
    const { full = false, invitation, typed, faults = [], known } = shown;
    const form: ByHandForm = { family: guide.family, full: full || guide.family === 'other' };
    page(req, res, 'admin/connect', {
      guide,
      tabs: guides().map(({ family, name }) => ({
        href: addressOf(family),
        text: name,
        current: family === guide.family,
      })),
      invitation,
      values: valuesFor(guide.family, ctx.config),
      obstacle: obstacleFor(guide.family, ctx.config),
      fields: showFields(form, typed, faults),
      full: form.full,
      other: guide.family === 'other' ? undefined : addressOf(guide.family, !form.full),
      opened: full || faults.length > 0,
      faults: faults.map(({ field, text }) => ({ field: `field-${field}`, text })),
      known: known && { name: shorten(known.name, 100), address: `/admin/platforms/${known._id}` },
    });
  }

  return routes;
}

function addressOf(family: string, full = false): string {
  return `/admin/platforms/connect?lms=${family}${full ? '&addresses=all#by-hand' : ''}`;
}

function bodyOf(req: Request): Record<string, unknown> {
  return (req.body ?? {}) as Record<string, unknown>;
}
