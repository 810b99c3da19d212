import { Router } from 'express';
import { z } from 'zod';
import { learnersById } from '../attempts/learner-names.ts';
import type { Context } from '../context.ts';
import { listPlatforms } from '../lti/platforms.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { countDeliveries, findDelivery, listDeliveries, sendAgain } from '../outbox/deliveries.ts';
import { coursesById } from '../packages/describe.ts';
import { NotFound } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { deliveryRow, type Names } from './delivery-row.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

const statuses = ['waiting', 'given up', 'delivered'] as const;
const query = z.object({
  status: z.enum(statuses).optional().catch(undefined),
  cursor: z.string().max(200).optional().catch(undefined),
});
const backForm = z.object({ back: z.enum(['list', 'one']).catch('list') });

/** What is on its way to the LMSs, what arrived, what did not, and sending it again. */
export function deliveriesRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', async (req, res) => {
    const { status, cursor } = parse(query, req.query, t('admin.query'));
    const { workspace } = visitorOf(req);
    const [{ deliveries, nextCursor }, ...counts] = await Promise.all([
      listDeliveries(ctx, workspace, { status, cursor, limit: 50 }),
      ...statuses.map((each) => countDeliveries(ctx, workspace, each)),
    ]);
    const names = await namesIn(workspace, deliveries);
    const at = (more: Record<string, string>) =>
      `/admin/deliveries?${new URLSearchParams({ ...(status && { status }), ...more })}`;
    page(req, res, 'admin/deliveries', {
      said: req.query.said,
      filtered: status,
      tabs: [
        { href: '/admin/deliveries', text: t('admin.deliveries.all'), current: !status },
        ...statuses.map((each, i) => ({
          href: `/admin/deliveries?${new URLSearchParams({ status: each })}`,
          text: t(`admin.delivery.${each}`),
          count: counts[i],
          current: status === each,
        })),
      ],
      deliveries: deliveries.map((delivery) => deliveryRow(delivery, names, ctx.now())),
      first: cursor ? at({}) : undefined,
      next: nextCursor ? at({ cursor: nextCursor }) : undefined,
    });
  });

  routes.get('/:id', async (req, res) => {
    const { workspace } = visitorOf(req);
    const delivery = await findDelivery(ctx, workspace, req.params.id);
    if (!delivery) throw new NotFound(t('admin.delivery'));
    const names = await namesIn(workspace, [delivery]);
    page(req, res, 'admin/delivery', {
      said: req.query.said,
      delivery: deliveryRow(delivery, names, ctx.now()),
      answers: delivery.answers.toReversed(),
      body: JSON.stringify(delivery.body, null, 2),
    });
  });

  routes.post('/:id/send', checkForm, async (req, res) => {
    const { back } = backForm.parse(req.body);
    const delivery = await sendAgain(ctx, visitorOf(req).workspace, String(req.params.id));
    if (!delivery) throw new NotFound(t('admin.delivery'));
    res.redirect(303, `/admin/deliveries${back === 'one' ? `/${delivery._id}` : ''}?said=sending`);
  });

  async function namesIn(workspace: string, rows: DeliveryRecord[]): Promise<Names> {
    const ids = (of: 'learner' | 'course') => [...new Set(rows.flatMap(({ about }) => about[of] ?? []))];
    const [learners, courses, platforms] = await Promise.all([
      learnersById(ctx, workspace, ids('learner')),
      coursesById(ctx, workspace, ids('course')),
      listPlatforms(ctx, workspace),
    ]);
    return { learners, courses, platforms: new Map(platforms.map((platform) => [platform._id, platform])) };
  }

  return routes;
}
