import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import { changePlatform, getPlatform, isStatic, type PlatformChange } from '../lti/platforms.ts';
import { mostServiceHosts, readServiceHost } from '../lti/service-hosts.ts';
import { sendHeldAgain } from '../outbox/deliveries.ts';
import { page } from '../web/render.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';
import { isWebAddress } from './by-hand.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

const names = [
  'name',
  'authorizationEndpoint',
  'tokenEndpoint',
  'jwksUri',
  'audience',
  'serviceHosts',
] as const;
type FieldName = (typeof names)[number];

/** What may be changed of an LMS that is connected. Its issuer and client id tell which one it is: those stay. */
export function settingsRoutes(ctx: Context): Router {
  const routes = Router();
  const form = settingsForm(ctx.config);

  routes.get('/:id/settings', async (req, res) => {
    const platform = await getPlatform(ctx, visitorOf(req).workspace, req.params.id);
    showSettings(req, res, platform, {});
  });

  routes.post('/:id/settings', checkForm, async (req, res) => {
    const { workspace } = visitorOf(req);
    const platform = await getPlatform(ctx, workspace, String(req.params.id));
    const body = (req.body ?? {}) as Record<string, unknown>;
    if (isStatic(ctx.config, platform)) return showSettings(req, res.status(409), platform, { typed: body });
    const parsed = form.safeParse(body);
    if (!parsed.success) {
      const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0] as FieldName));
      return showSettings(req, res.status(422), platform, { typed: body, wrong });
    }
    const { audience, ...change } = parsed.data;
    await changePlatform(ctx, workspace, platform._id, { ...change, authorizationServer: audience });
    await sendHeldAgain(ctx, workspace, platform._id);
    res.redirect(303, `/admin/platforms/${platform._id}?said=changed`);
  });

  function showSettings(
    req: Request,
    res: Response,
    platform: PlatformRecord,
    { typed, wrong = new Set() }: { typed?: Record<string, unknown>; wrong?: Set<FieldName> },
  ): void {
    const { name, issuer, clientId, authorizationServer, serviceHosts = [] } = platform;
    const known = { ...platform, audience: authorizationServer ?? '', serviceHosts: serviceHosts.join('\n') };
    const textFor = (kind: string, field: FieldName) =>
      t(`admin.${field === 'serviceHosts' ? 'settings' : 'connect'}.${kind}.${field}`);
    const faults = names.filter((field) => wrong.has(field));
    page(req, res, 'admin/settings', {
      heading: shorten(name, 100),
      address: `/admin/platforms/${platform._id}`,
      about: [
        [t('admin.platforms.issuer'), issuer],
        [t('admin.platforms.clientId'), clientId],
      ],
      isStatic: isStatic(ctx.config, platform),
      faults: faults.map((field) => ({ field: `field-${field}`, text: textFor('fault', field) })),
      fields: names.map((field) => ({
        name: field,
        label: textFor('field', field),
        hint: textFor('hint', field),
        value: typed ? String(typed[field] ?? '') : known[field],
        error: wrong.has(field) ? textFor('fault', field) : undefined,
        required: field !== 'audience' && field !== 'serviceHosts',
        autocomplete: 'off',
        type: field === 'serviceHosts' ? 'textarea' : undefined,
        attributes: {
          maxlength: field === 'name' ? 100 : field === 'serviceHosts' ? 6000 : 2000,
          spellcheck: 'false',
        },
      })),
    });
  }

  return routes;
}

function settingsForm(
  config: Context['config'],
): z.ZodType<Omit<PlatformChange, 'authorizationServer'> & { audience: string }> {
  const webAddress = z
    .string()
    .trim()
    .max(2000)
    .refine((value) => isWebAddress(value, config));
  return z.object({
    name: z.string().trim().min(1).max(100),
    authorizationEndpoint: webAddress,
    tokenEndpoint: webAddress,
    jwksUri: webAddress,
    audience: z.string().trim().max(2000).default(''),
    serviceHosts: z.string().max(6000).default('').transform(readHosts),
  });
}

/** One a line, or between commas or spaces. */
function readHosts(text: string, issue: z.RefinementCtx): string[] {
  const hosts = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(readServiceHost);
  const read = hosts.filter((host) => host !== undefined);
  if (read.length < hosts.length || read.length > mostServiceHosts) issue.addIssue('no hosts');
  return [...new Set(read)];
}
