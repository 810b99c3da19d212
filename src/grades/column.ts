import type { Context } from '../context.ts';
import { ensureLineItem, updateLineItem, type NewLineItem } from '../lti/line-items.ts';
import { findDeployment, findPlatform } from '../lti/platforms.ts';
import { lineItemReading, scopes } from '../lti/scopes.ts';
import type { ServiceFailure } from '../lti/service.ts';
import { columnTag } from '../lti/tool.ts';
import { enqueue, enqueueIfUnchanged } from '../outbox/enqueue.ts';
import type { Deliver, Outcome } from '../outbox/outcome.ts';
import { t } from '../web/text.ts';
import { heldFor, notConnected } from './outcome.ts';
import type { GradedLink } from './queue.ts';

/** The body of a delivery of kind `column`: the column that a link is to have. */
export type ColumnBody = {
  platform: string;
  lineItems: string;
  granted: string[];
  item: NewLineItem & { resourceLinkId: string };
  /** The column is there, and its points are to be those of `item`. */
  lineItem?: string;
};

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

/** Has the column of a link take the link's points; where it is still to be made, it is made with them. */
export async function queuePoints(ctx: Pick<Context, 'db' | 'now'>, link: GradedLink): Promise<void> {
  const body = await columnFor(ctx, link);
  if (!body) return;
  const { platform: lane } = body;
  const { _id, workspace, course, lineItem } = link;
  const about = { link: _id, course, platform: lane };
  const toSend = { workspace, kind: 'column', key: `${lane}:${_id}`, lane, about };
  await enqueue(ctx, { ...toSend, body: { ...body, ...(lineItem ? { lineItem } : {}) } });
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
  return { platform, lineItems, granted, item: { ...item, resourceId: link.course, tag: columnTag } };
}

type Then = {
  /** Tells the link of its column, and has what waited for it said. */
  give: (ctx: Context, link: string, lineItem: string) => Promise<unknown>;
  /** The column has other points: has the grades in it said again. */
  sayAgain: (ctx: Context, link: string) => Promise<unknown>;
};

/** Makes columns, and gives them other points. */
export function columnDeliverer({ give, sayAgain }: Then): Deliver {
  return async (ctx, delivery) => {
    const { platform: id, item, lineItem, ...columns } = delivery.body as ColumnBody;
    const platform = await findPlatform(ctx, id);
    if (!platform?.active) return notConnected(platform);
    const held = heldFor(platform, lineItem ?? columns.lineItems);
    if (held) return held;
    if (lineItem) {
      const scoreMaximum = Number(item.scoreMaximum);
      const column = { platform, lineItem, granted: columns.granted };
      const changed = await updateLineItem(ctx, column, { scoreMaximum });
      if (!changed.ok) return notDone(changed, 'pointsNotYet', 'pointsRefused');
      await sayAgain(ctx, delivery.about.link!);
      return { ok: true, text: t('grades.column.points', { points: scoreMaximum }) };
    }
    const made = await ensureLineItem(ctx, { ...columns, platform }, item);
    if (!made.ok) return notDone(made, 'notYet', 'refused');
    await give(ctx, delivery.about.link!, made.lineItem.id);
    return { ok: true, text: t('grades.column.made', { label: made.lineItem.label }) };
  };
}

function notDone(
  { status, text, retry, retryAfter, noToken }: ServiceFailure,
  notYet: string,
  refused: string,
): Outcome {
  const down = noToken || (retry && status !== 409 && status !== 400);
  return {
    ok: false,
    status,
    text: t(`grades.column.${retry || noToken ? notYet : refused}`, { answer: text }),
    retry: retry || noToken === true,
    retryAfter,
    down,
  };
}
