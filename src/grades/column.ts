import type { Context } from '../context.ts';
import { ensureLineItem, type NewLineItem } from '../lti/line-items.ts';
import { findDeployment, findPlatform } from '../lti/platforms.ts';
import { lineItemReading, scopes } from '../lti/scopes.ts';
import type { ServiceFailure } from '../lti/service.ts';
import { enqueueIfUnchanged } from '../outbox/enqueue.ts';
import type { Deliver, Outcome } from '../outbox/outcome.ts';
import { t } from '../web/text.ts';
import { notConnected } from './outcome.ts';
import type { GradedLink } from './queue.ts';

/** The body of a delivery of kind `column`: the column that a link is to have. */
export type ColumnBody = {
  platform: string;
  lineItems: string;
  granted: string[];
  item: NewLineItem & { resourceLinkId: string };
};

/** By this the columns that we made are known among others of the same link. */
const tag = 'coursedock';

/**
 * Has a column made for a link that was picked with points and has none: some platforms make none of what a picker says, or
 * lose it when a course is copied. Where the platform allows it, once; the grades follow when it is there.
 */
export async function queueColumn(ctx: Pick<Context, 'db' | 'now'>, link: GradedLink): Promise<void> {
  const body = await columnFor(ctx, link);
  if (!body) return;
  const { platform: lane } = body;
  const about = { link: link._id, course: link.course, platform: lane };
  const key = `${lane}:${link._id}`;
  const toSend = { workspace: link.workspace, kind: 'column', key, lane, about, body };
  await enqueueIfUnchanged(ctx, toSend, undefined);
}

async function columnFor(ctx: Pick<Context, 'db'>, link: GradedLink): Promise<ColumnBody | undefined> {
  const { kind, deployment, resourceLink, lineItems, rules, scopes: granted = [] } = link;
  if (kind !== 'lti' || !link.wantsColumn || !deployment || !resourceLink || !lineItems) return undefined;
  if (!(rules.points > 0) || !granted.includes(scopes.lineItem) || !granted.includes(scopes.score))
    return undefined;
  if (!lineItemReading(granted)) return undefined;
  const platform = (await findDeployment(ctx, deployment))?.platform;
  if (!platform) return undefined;
  const item = { label: link.title.slice(0, 255), scoreMaximum: rules.points, resourceLinkId: resourceLink };
  return { platform, lineItems, granted, item: { ...item, resourceId: link.course, tag } };
}

/** Makes columns; `give` tells the link of its column and has what waited for it said. */
export function columnDeliverer(
  give: (ctx: Context, link: string, lineItem: string) => Promise<unknown>,
): Deliver {
  return async (ctx, delivery) => {
    const { platform: id, item, ...columns } = delivery.body as ColumnBody;
    const platform = await findPlatform(ctx, id);
    if (!platform?.active) return notConnected(platform);
    const made = await ensureLineItem(ctx, { ...columns, platform }, item);
    if (!made.ok) return notMade(made);
    await give(ctx, delivery.about.link!, made.lineItem.id);
    return { ok: true, text: t('grades.column.made', { label: made.lineItem.label }) };
  };
}

function notMade({ status, text, retry, retryAfter, noToken }: ServiceFailure): Outcome {
  const down = noToken || (retry && status !== 409 && status !== 400);
  return {
    ok: false,
    status,
    text: t(retry || noToken ? 'grades.column.notYet' : 'grades.column.refused', { answer: text }),
    retry: retry || noToken === true,
    retryAfter,
    down,
  };
}
