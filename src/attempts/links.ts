import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { findTogether, insertTogether } from '../store/together.ts';
import { attempts } from './attempt.model.ts';
import { links, type LinkRecord } from './link.model.ts';

/** What a door knows of a link. What it does not know (undefined) stays as it was. */
export type LinkFacts = Pick<LinkRecord, 'workspace' | 'kind' | 'key' | 'course' | 'title'> &
  Partial<Omit<LinkRecord, '_id' | 'createdAt'>>;

const facts = [
  'course',
  'title',
  'deployment',
  'resourceLink',
  'context',
  'lineItem',
  'lineItems',
  'wantsColumn',
  'memberships',
  'scopes',
] as const;

/**
 * The link of this key, made if it is new and brought up to date where the platform now says otherwise. `findOriginal`: of
 * what it was copied from, if it was.
 */
export async function findOrCreateLink(
  ctx: Pick<Context, 'db' | 'now'>,
  link: LinkFacts,
  findOriginal: () => Promise<LinkRecord | undefined> = async () => undefined,
): Promise<LinkRecord> {
  const found = await findByKey(ctx, link.key);
  if (found) return bringUpToDate(ctx, found, link);
  const { rules, ...known } = link;
  const record = {
    ...known,
    _id: newId('lnk'),
    rules: rules ?? { counts: 'score', keep: 'best', points: 100 },
    ...rulesOf(await findOriginal()),
    createdAt: ctx.now(),
  } satisfies LinkRecord;
  try {
    await insertTogether<LinkRecord>(links(ctx.db), record);
    return record;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // Another launch made it meanwhile.
    return bringUpToDate(ctx, (await findByKey(ctx, link.key))!, link);
  }
}

/** A copy goes on by the rules of its original, whoever changed them. All else is its own, its column in the gradebook first. */
function rulesOf(original: LinkRecord | undefined): Partial<LinkRecord> {
  if (!original) return {};
  const { rules, play, wantsColumn } = original;
  return { rules, ...(play ? { play } : {}), ...(wantsColumn ? { wantsColumn } : {}) };
}

export async function findLink(ctx: Pick<Context, 'db'>, id: string): Promise<LinkRecord | undefined> {
  return findTogether<LinkRecord>(links(ctx.db), { _id: id });
}

/** Links that stand where a platform says: by the id it gave them, or by their column in the gradebook. */
export async function linksAt(
  ctx: Pick<Context, 'db'>,
  deployment: string,
  at: { resourceLink: string } | { lineItem: string },
): Promise<LinkRecord[]> {
  return links(ctx.db)
    .find({ deployment, kind: 'lti', ...at })
    .limit(100)
    .lean<LinkRecord[]>();
}

function findByKey(ctx: Pick<Context, 'db'>, key: string): Promise<LinkRecord | undefined> {
  return findTogether<LinkRecord>(links(ctx.db), { key });
}

async function bringUpToDate(
  ctx: Pick<Context, 'db'>,
  found: LinkRecord,
  now: LinkFacts,
): Promise<LinkRecord> {
  const changed = facts.filter((name) => now[name] !== undefined && !isSame(now[name], found[name]));
  if (changed.length === 0) return found;
  const news = Object.fromEntries(changed.map((name) => [name, now[name]]));
  await links(ctx.db).updateOne({ _id: found._id }, { $set: news });
  if (changed.includes('lineItem') || changed.includes('scopes')) await sayAgain(ctx, found._id);
  return { ...found, ...news };
}

/** The newest link of these deployments with a column, else the newest: to try a platform's services by. */
export async function recentLink(
  ctx: Pick<Context, 'db'>,
  deployments: string[],
): Promise<LinkRecord | undefined> {
  const of = { deployment: { $in: deployments } };
  const newest = (filter: object) => links(ctx.db).findOne(filter).sort({ createdAt: -1 }).lean<LinkRecord>();
  return (await newest({ ...of, lineItem: { $exists: true } })) ?? (await newest(of)) ?? undefined;
}

/** The column that was made for a link which had none. One that the platform named meanwhile stays. */
export async function giveColumn(ctx: Pick<Context, 'db'>, link: string, lineItem: string): Promise<void> {
  await links(ctx.db).updateOne({ _id: link, lineItem: { $exists: false } }, { $set: { lineItem } });
  await sayAgain(ctx, link);
}

/** A column that appeared, or leave to write into it, is for those too who were through before. */
async function sayAgain(ctx: Pick<Context, 'db'>, link: string): Promise<void> {
  await attempts(ctx.db).updateMany({ link, graded: true }, { $set: { unannounced: true } });
}

/** Deep, and blind to the order of keys and to keys without a value. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}

function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
