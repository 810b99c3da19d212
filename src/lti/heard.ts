import type { Context } from '../context.ts';
import { heard, type HeardRecord } from './heard.model.ts';

type World = Pick<Context, 'db' | 'now'>;

/** Milliseconds between two notes of the same thing by one process. */
const seldom = 60_000;
const noted = new WeakMap<Context['db'], Map<string, number>>();

/** A launch of this platform has got through. */
export function noteLaunch(ctx: World, platform: string): Promise<void> {
  return note(ctx, `launch:${platform}`);
}

/** Somebody of this platform is on the way: its login request was one we could take. */
export function noteLogin(ctx: World, platform: string): Promise<void> {
  return note(ctx, `login:${platform}`);
}

/** What was heard of a platform last, and of whoever fetched our keys. */
export type Heard = { keys?: HeardRecord; login?: Date; launch?: Date };

export async function heardOf(ctx: Pick<Context, 'db'>, platform: string): Promise<Heard> {
  const ids = { keys: 'keys', login: `login:${platform}`, launch: `launch:${platform}` };
  const found = await heard(ctx.db)
    .find({ _id: { $in: Object.values(ids) } })
    .lean();
  const of = (id: string) => found.find(({ _id }) => _id === id);
  return { keys: of(ids.keys), login: of(ids.login)?.at, launch: of(ids.launch)?.at };
}

/** Somebody has fetched our keys. All platforms fetch them at the same address: who it was says only the name they give. */
export function noteKeysFetched(ctx: World, by = ''): Promise<void> {
  return note(ctx, 'keys', by.slice(0, 200));
}

export async function keysFetched(ctx: Pick<Context, 'db'>): Promise<HeardRecord | undefined> {
  return (await heard(ctx.db).findOne({ _id: 'keys' }).lean()) ?? undefined;
}

async function note(ctx: World, _id: string, by?: string): Promise<void> {
  const known = noted.get(ctx.db) ?? new Map<string, number>();
  noted.set(ctx.db, known);
  const at = ctx.now();
  if (at.getTime() - (known.get(_id) ?? 0) < seldom) return;
  known.set(_id, at.getTime());
  await heard(ctx.db).updateOne({ _id }, { $set: { at, ...(by !== undefined && { by }) } }, { upsert: true });
}
