import { randomUUID } from 'node:crypto';
import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError } from '../web/errors.ts';
import { lineItemUrl } from './claims.ts';
import { getTool } from './initiate.ts';
import type { Lms } from './lms.ts';
import { paged, requireMedia, requireReadable } from './media.ts';
import { media, scope } from './protocol.ts';
import type { LineItem, State } from './state.ts';
import { requireScope } from './token.ts';

const text = z.string().max(255).optional();
const fields = z.object({
  label: z.string().trim().min(1).max(255),
  scoreMaximum: z.number().positive(),
  resourceId: text,
  tag: text,
  resourceLinkId: text,
  startDateTime: text,
  endDateTime: text,
});

/** The columns of the gradebook: AGS 2.0 §3.2. */
export function lineItemRoutes(lms: Lms): Router {
  const router = Router({ mergeParams: true });
  const body = express.json({ type: media.lineItem });
  const send = (res: Response, item: LineItem) =>
    res.type(media.lineItem).send(JSON.stringify(shown(lms, item)));

  router.get('/', async (req, res) => {
    await requireScope(lms, req, scope.lineItem, scope.lineItemRead);
    requireReadable(req, media.lineItems);
    const wanted = lms.store.state.lineItems.filter(
      (item) =>
        matches(req, 'resource_id', item.resourceId) &&
        matches(req, 'resource_link_id', item.resourceLinkId) &&
        matches(req, 'tag', item.tag),
    );
    res
      .type(media.lineItems)
      .send(JSON.stringify(paged(lms, req, res, wanted).map((item) => shown(lms, item))));
  });

  router.post('/', body, async (req, res) => {
    await requireScope(lms, req, scope.lineItem);
    requireMedia(req, media.lineItem);
    const item: LineItem = { id: randomUUID(), ...readFields(req.body) };
    await lms.store.change((draft) => {
      const { resourceLinkId } = item;
      if (resourceLinkId && !draft.activities.some(({ id }) => id === resourceLinkId)) {
        throw new AppError(404, 'not_found', 'There is no resource link of this id.');
      }
      draft.lineItems.push(item);
    });
    send(res.status(201), item);
  });

  router.get('/:item', async (req, res) => {
    await requireScope(lms, req, scope.lineItem, scope.lineItemRead);
    requireReadable(req, media.lineItem);
    send(res, getLineItem(lms.store.state, req.params.item));
  });

  router.put('/:item', body, async (req, res) => {
    await requireScope(lms, req, scope.lineItem);
    requireMedia(req, media.lineItem);
    const changed = readFields(req.body);
    const item = await lms.store.change((draft) => {
      const found = getLineItem(draft, req.params.item);
      // A column stays with its link, whatever a PUT says: AGS 2.0 §3.2.7 leaves that to the platform.
      return Object.assign(found, changed, { resourceLinkId: found.resourceLinkId });
    });
    send(res, item);
  });

  router.delete('/:item', async (req, res) => {
    await requireScope(lms, req, scope.lineItem);
    await lms.store.change((draft) => {
      const { id } = getLineItem(draft, req.params.item);
      removeLineItems(draft, (item) => item.id === id);
    });
    res.status(204).end();
  });
  return router;
}

export function getLineItem(state: State, id: string): LineItem {
  const found = state.lineItems.find((item) => item.id === id);
  if (!found) throw new AppError(404, 'not_found', 'There is no line item of this id.');
  return found;
}

/** Columns go with their scores. To be called inside a change, on its draft. */
export function removeLineItems(draft: State, which: (item: LineItem) => boolean): void {
  const gone = new Set(draft.lineItems.filter(which).map(({ id }) => id));
  draft.lineItems = draft.lineItems.filter(({ id }) => !gone.has(id));
  draft.scores = draft.scores.filter(({ lineItem }) => !gone.has(lineItem));
}

function shown(lms: Lms, item: LineItem) {
  return { ...item, id: lineItemUrl(lms.url, getTool(lms), item.id) };
}

function matches(req: Request, filter: string, value: string | undefined): boolean {
  return req.query[filter] === undefined || req.query[filter] === value;
}

function readFields(body: unknown): z.infer<typeof fields> {
  const parsed = fields.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new AppError(
    400,
    'invalid_request',
    parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
  );
}
