import { z } from 'zod';
import type { LtijsWorld } from './ltijs.ts';
import { readPages, type Listed } from './pages.ts';
import type { PlatformRecord } from './platform.model.ts';
import { lineItemReading, scopes } from './scopes.ts';
import { askService, below, isWebAddress, type ServiceFailure } from './service.ts';

const media = {
  one: 'application/vnd.ims.lis.v2.lineitem+json',
  many: 'application/vnd.ims.lis.v2.lineitemcontainer+json',
};

const perhaps = z
  .union([z.string(), z.number().transform(String)])
  .optional()
  .catch(undefined);
/** What a platform adds of its own stays with it: a column is written back whole. */
const lineItem = z.looseObject({
  id: z.string().refine(isWebAddress),
  label: z.string().catch(''),
  scoreMaximum: z.coerce.number().nonnegative(),
  resourceId: perhaps,
  resourceLinkId: perhaps,
  tag: perhaps,
});

/**
 * A column of a gradebook (AGS 2.0 §3.2). Its id is its address. None is ever deleted: it has learners' grades in it, and in
 * Moodle an activity whose column a tool deletes has none for ever (seen in 4.5).
 */
export type LineItem = z.infer<typeof lineItem>;
export type NewLineItem = Omit<LineItem, 'id'>;

/** The columns of one course, and what we may do there. */
export type Columns = { platform: PlatformRecord; lineItems: string; granted: string[] };
/** What to look for. A column with another value is not meant; one without may be. */
export type Wanted = { resourceLinkId?: string; resourceId?: string; tag?: string };

export type OneLineItem = { ok: true; lineItem: LineItem } | ServiceFailure;

/** The columns that the platform shows us, all pages; with `wanted`, those that fit. */
export async function readLineItems(
  ctx: LtijsWorld,
  { platform, lineItems, granted }: Columns,
  wanted: Wanted = {},
): Promise<Listed<LineItem>> {
  const scope = lineItemReading(granted);
  if (!scope) return notAllowed('read columns');
  const url = below(lineItems, '', queryOf(wanted));
  const read = (body: unknown) => z.array(lineItem).safeParse(body).data;
  const listed = await readPages(ctx, platform, { url, scope, accept: media.many }, read);
  // Not every platform knows every filter.
  return listed.ok ? { ...listed, items: listed.items.filter((item) => fits(item, wanted)) } : listed;
}

export async function readLineItem(
  ctx: LtijsWorld,
  { platform, lineItem: url, granted }: { platform: PlatformRecord; lineItem: string; granted: string[] },
): Promise<OneLineItem> {
  const scope = lineItemReading(granted);
  if (!scope || !isWebAddress(url)) return notAllowed('read this column');
  return oneOf(await askService(ctx, platform, { url, scope, headers: { Accept: media.one } }), { id: url });
}

/** Makes a column (AGS 2.0 §3.2.5). The container's address keeps its query. */
export async function createLineItem(
  ctx: LtijsWorld,
  { platform, lineItems: url, granted }: Columns,
  item: NewLineItem,
): Promise<OneLineItem> {
  if (!granted.includes(scopes.lineItem) || !isWebAddress(url)) return notAllowed('make a column');
  return oneOf(await write(ctx, platform, url, 'POST', item));
}

/** Changes a column, as a whole: what a PUT leaves out, Moodle takes for gone (its `resourceLinkId`, too). */
export async function updateLineItem(
  ctx: LtijsWorld,
  column: { platform: PlatformRecord; lineItem: string; granted: string[] },
  change: Partial<NewLineItem>,
): Promise<OneLineItem> {
  if (!column.granted.includes(scopes.lineItem)) return notAllowed('change this column');
  const now = await readLineItem(ctx, column);
  if (!now.ok) return now;
  const changed = { ...now.lineItem, ...change };
  return oneOf(await write(ctx, column.platform, column.lineItem, 'PUT', changed), changed);
}

/**
 * The column of a link: the one that is there (several: ours by its tag, else the first), or one that is made. It is looked
 * for first, so that a column whose making was cut short is found and not made again.
 */
export async function ensureLineItem(
  ctx: LtijsWorld,
  columns: Columns,
  item: NewLineItem & { resourceLinkId: string },
): Promise<OneLineItem> {
  const { resourceLinkId, tag } = item;
  const there = await readLineItems(ctx, columns, { resourceLinkId });
  if (!there.ok) return there;
  const found = there.items.find((one) => one.tag === tag) ?? there.items[0];
  if (found) return { ok: true, lineItem: found };
  // Half a list does not say that there is none.
  if (there.fault) return { ok: false, text: there.fault, retry: true };
  return createLineItem(ctx, columns, item);
}

function fits(item: LineItem, wanted: Wanted): boolean {
  return (['resourceLinkId', 'resourceId', 'tag'] as const).every(
    (name) => wanted[name] === undefined || item[name] === wanted[name],
  );
}

function queryOf({ resourceLinkId, resourceId, tag }: Wanted): Record<string, string> {
  const named = { resource_link_id: resourceLinkId, resource_id: resourceId, tag };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function write(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  url: string,
  method: 'POST' | 'PUT',
  item: Partial<LineItem>,
) {
  const headers = { 'Content-Type': media.one, Accept: media.one };
  return askService(ctx, platform, {
    url,
    scope: scopes.lineItem,
    method,
    headers,
    body: JSON.stringify(item),
  });
}

/** `known`: what to believe where a platform answers a success without saying what came of it. */
function oneOf(answer: Awaited<ReturnType<typeof askService>>, known: Partial<LineItem> = {}): OneLineItem {
  if (!answer.ok) return answer;
  const read = lineItem.safeParse({ ...known, ...(answer.json() as object | undefined) });
  if (read.success) return { ok: true, lineItem: read.data };
  return {
    ok: false,
    status: answer.status,
    text: 'The answer is not a column of a gradebook.',
    retry: true,
  };
}

function notAllowed(what: string): ServiceFailure {
  return { ok: false, text: `The platform did not allow this tool to ${what}.`, retry: false };
}
