import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import { z } from 'zod';
import { AppError, Invalid } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { page } from '../web/render.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { getTool } from './initiate.ts';
import type { Lms } from './lms.ts';
import { firstUse, take } from './one-time.ts';
import { claim } from './protocol.ts';
import type { Activity, LineItem } from './state.ts';
import { verifyToolJwt } from './tool-jwt.ts';

const text = (most: number) => z.string().max(most);
const address = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:/.test(value), 'must be an http(s) address');

const contentItem = z.object({
  type: z.literal('ltiResourceLink', { error: 'must be ltiResourceLink: nothing else was asked for' }),
  title: text(255).optional(),
  text: text(4_000).optional(),
  url: address.optional(),
  icon: z.object({ url: address }).optional(),
  window: z.unknown().optional(),
  iframe: z.unknown().optional(),
  custom: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
  lineItem: z
    .object({
      scoreMaximum: z.number().positive(),
      label: text(255).optional(),
      resourceId: text(255).optional(),
      tag: text(255).optional(),
    })
    .optional(),
});

/** LTI Deep Linking 2.0 §4.5. */
const response = z.object({
  [claim.messageType]: z.literal('LtiDeepLinkingResponse'),
  [claim.version]: z.literal('1.3.0'),
  [claim.deploymentId]: z.string(),
  nonce: z.string().min(1).max(255),
  [claim.data]: z.string(),
  [claim.contentItems]: z.array(contentItem).max(100).default([]),
  [claim.message]: z.string().optional(),
  [claim.errorMessage]: z.string().optional(),
});

/** `POST /deep-linking/:ticket`: the tool's answer, from the instructor's browser; each item becomes an activity. */
export function deepLinkingRoutes(lms: Lms): Router {
  const router = Router();
  router.use('/deep-linking', ...pageHeaders('platforms'), noStore);
  router.post(
    '/deep-linking/:ticket',
    express.urlencoded({ extended: false, limit: '1mb' }),
    async (req, res) => {
      const { JWT } = parse(z.object({ JWT: z.string() }), req.body, t('sandbox.pick.answer'));
      const result = await acceptItems(lms, req.params.ticket, JWT);
      page(req, res, 'sandbox/picked', { ...result, title: t('sandbox.picked.title') });
    },
  );
  return router;
}

async function acceptItems(lms: Lms, ticket: string, jwt: string) {
  const tool = getTool(lms);
  const signed = await verifyToolJwt(lms, tool, jwt, [lms.url], 'bad-response', 400);
  const claims = parse(response, signed, t('sandbox.pick.answer'));
  if (claims[claim.deploymentId] !== tool.deploymentId)
    throw new Invalid('bad-response', t('sandbox.pick.deployment'));
  const made = claims[claim.contentItems].map((item) => activityFrom(item, tool.targetLinkUri, lms.now()));
  await lms.store.change((draft) => {
    const asked = take(draft, 'return', ticket, lms.now());
    if (!asked)
      throw new AppError(409, 'pick-over', t('sandbox.pick.over'), { detail: t('sandbox.pick.over.detail') });
    if (claims[claim.data] !== asked.data) throw new Invalid('bad-response', t('sandbox.pick.data'));
    if (!firstUse(draft, 'deep-linking', claims.nonce, signed.exp! * 1000, lms.now()))
      throw new Invalid('bad-response', t('sandbox.pick.nonce'));
    for (const { activity, lineItem } of made) {
      draft.activities.push(activity);
      if (lineItem) draft.lineItems.push(lineItem);
    }
  });
  return {
    added: made.map(({ activity }) => activity),
    message: claims[claim.message],
    errorMessage: claims[claim.errorMessage],
  };
}

function activityFrom(
  item: z.infer<typeof contentItem>,
  fallback: string,
  now: Date,
): { activity: Activity; lineItem?: LineItem } {
  const id = randomUUID();
  const title = item.title?.trim() || t('sandbox.untitled');
  return {
    activity: {
      id,
      title,
      description: item.text,
      url: item.url ?? fallback,
      custom: item.custom,
      icon: item.icon?.url,
      target: item.window !== undefined && item.iframe === undefined ? 'window' : 'iframe',
      createdAt: now.toISOString(),
    },
    // The column is named after the activity when the tool does not name it (Deep Linking 2.0 §3.2, lineItem.label).
    lineItem: item.lineItem && {
      id: randomUUID(),
      resourceLinkId: id,
      ...item.lineItem,
      label: item.lineItem.label || title,
    },
  };
}
