import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { createInvitation, listInvitations } from '../lti/invitations.ts';
import { findPlatform, recordDeployment, savePlatform } from '../lti/platforms.ts';
import { toolOf } from '../lti/tool.ts';
import { Conflict, NotFound } from '../web/errors.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { guideOf, guides } from './guides.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

const webAddress = z
  .string()
  .trim()
  .max(2000)
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol));
const byHandForm = z.object({
  name: z.string().trim().min(1).max(100),
  issuer: webAddress,
  clientId: z.string().trim().min(1).max(500),
  deploymentId: z.string().trim().max(500).default(''),
  authorizationEndpoint: webAddress,
  tokenEndpoint: webAddress,
  jwksUri: webAddress,
});
type ByHand = Record<keyof z.infer<typeof byHandForm>, string>;
const fields = Object.keys(byHandForm.shape) as (keyof ByHand)[];

type Shown = {
  invitation?: { id: string; url: string; expiresAt: Date };
  form?: ByHand;
  faults?: { field: keyof ByHand; text: string }[];
};

/** Connecting an LMS: by a one-time address that the LMS opens, or by hand. */
export function connectRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', (req, res) => showConnect(req, res, req.query.lms, {}));

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
      connected: invitation.usedAt && { name: platform?.name ?? '', at: invitation.usedAt },
    });
  });

  routes.post('/by-hand', checkForm, async (req, res) => {
    const body = bodyOf(req);
    const parsed = byHandForm.safeParse(body);
    if (!parsed.success) {
      const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0] as keyof ByHand));
      const faults = fields
        .filter((field) => wrong.has(field))
        .map((field) => ({ field, text: t(`admin.connect.fault.${field}`) }));
      const form = Object.fromEntries(fields.map((field) => [field, String(body[field] ?? '')])) as ByHand;
      return showConnect(req, res.status(422), body.lms, { form, faults });
    }
    const { deploymentId, ...given } = parsed.data;
    const { workspace } = visitorOf(req);
    const { family } = guideOf(body.lms);
    const platform = await savePlatform(ctx, {
      workspace,
      ...given,
      family: family === 'other' ? undefined : family,
      trustsFirst: deploymentId === '',
    });
    if (!platform)
      throw new Conflict('platform-taken', t('admin.connect.taken.title'), {
        detail: t('admin.connect.taken.detail'),
      });
    if (deploymentId)
      await recordDeployment(ctx, { platform, deploymentId, status: 'approved', name: given.name });
    res.redirect(303, '/admin/platforms?said=added');
  });

  function showConnect(
    req: Request,
    res: Response,
    lms: unknown,
    { invitation, form, faults = [] }: Shown,
  ): void {
    const guide = guideOf(lms);
    page(req, res, 'admin/connect', {
      guide,
      tabs: guides().map(({ family, name }) => ({
        href: `/admin/platforms/connect?lms=${family}`,
        text: name,
        current: family === guide.family,
      })),
      invitation,
      values: valuesFor(guide.family),
      form: form ?? guide.known,
      faults: faults.map(({ field, text }) => ({ field: `field-${field}`, text })),
      errors: Object.fromEntries(faults.map(({ field, text }) => [field, text])),
      plain: new URL(ctx.config.publicUrl).protocol === 'http:',
    });
  }

  /** What is pasted into the LMS, each under the name the LMS has for it. */
  function valuesFor(family: PlatformFamily) {
    const { loginUrl, launchUrl, jwksUrl } = toolOf(ctx.config);
    const named = (key: string, value: string) => ({
      id: `value-${key}`,
      label: t(`admin.connect.value.${key}`),
      value,
    });
    return [
      ...(family === 'canvas' ? [named('canvas', `${ctx.config.publicUrl}/lti/config/canvas.json`)] : []),
      named('login', loginUrl),
      named('launch', launchUrl),
      named('jwks', jwksUrl),
    ];
  }

  return routes;
}

function bodyOf(req: Request): Record<string, unknown> {
  return (req.body ?? {}) as Record<string, unknown>;
}
