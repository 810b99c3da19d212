import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { createApiKey, listApiKeys, revokeApiKey } from '../access/api-keys.ts';
import { namesOfPeople } from '../access/people.ts';
import type { Context } from '../context.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { checkForm } from './own-requests.ts';
import { shorten } from '../web/shorten.ts';
import { visitorOf } from './visitor.ts';

const keyForm = z.object({ name: z.string().trim().min(1).max(100) });

/** Keys for programs: made, shown once, revoked. */
export function keysRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', (req, res) => showKeys(req, res, {}));

  routes.post('/', checkForm, async (req, res) => {
    const form = keyForm.safeParse(req.body);
    if (!form.success) return showKeys(req, res.status(422), { fault: t('admin.keys.noName') });
    const { workspace, person } = visitorOf(req);
    const { key } = await createApiKey(ctx, { workspace, name: form.data.name, by: person._id });
    // No redirect: this answer is the only place where the key ever stands.
    await showKeys(req, res.status(201), { made: { key, name: form.data.name } });
  });

  routes.post('/:id/revoke', checkForm, async (req, res) => {
    await revokeApiKey(ctx, visitorOf(req).workspace, String(req.params.id));
    res.redirect(303, '/admin/keys?said=revoked');
  });

  async function showKeys(
    req: Request,
    res: Response,
    shown: { made?: { key: string; name: string }; fault?: string },
  ): Promise<void> {
    const records = await listApiKeys(ctx, visitorOf(req).workspace);
    const names = await namesOfPeople(
      ctx,
      records.map((record) => record.createdBy),
    );
    page(req, res, 'admin/keys', {
      ...shown,
      said: req.query.said,
      apiUrl: `${ctx.config.publicUrl}/api/v1`,
      keys: records.map((record) => ({
        id: record._id,
        name: shorten(record.name, 100),
        ending: record.last4,
        by: names.get(record.createdBy) ?? t('admin.keys.byCommand'),
        createdAt: record.createdAt,
        lastUsedAt: record.lastUsedAt,
        revokedAt: record.revokedAt,
      })),
    });
  }

  return routes;
}
