import type { Context } from '../context.ts';
import { hashToken, newToken } from '../store/token.ts';
import { isDuplicate } from '../store/mongo.ts';
import { insertTogether } from '../store/together.ts';
import { oneTimes } from './one-time.model.ts';

/** What may be issued: each kind has a body of its own, and a token of one kind opens no other. */
export type OneTimeKind = 'login' | 'proof' | 'pick' | 'review';

/** Stores `body` under a new token for `seconds` and returns the token: 192 bits, only its hash is kept. */
export async function issue(
  ctx: Pick<Context, 'db' | 'now'>,
  kind: OneTimeKind,
  body: unknown,
  seconds: number,
): Promise<string> {
  const token = newToken();
  await insertTogether(oneTimes(ctx.db), {
    _id: idOf(kind, token),
    body: JSON.stringify(body),
    expiresAt: new Date(ctx.now().getTime() + seconds * 1000),
  });
  return token;
}

/** The body, once: deleting and reading are one act of the database, so of fifty that ask only one is answered. */
export async function take<T>(
  ctx: Pick<Context, 'db' | 'now'>,
  kind: OneTimeKind,
  token: string,
): Promise<T | undefined> {
  const found = await oneTimes(ctx.db)
    .findOneAndDelete({ _id: idOf(kind, token), expiresAt: { $gt: ctx.now() } })
    .lean();
  return found ? (JSON.parse(found.body) as T) : undefined;
}

/**
 * Uses up a token that says itself what it is for: true once, whoever asks and in whatever process. It stays used
 * until `until`, and an hour more (the model's index), when it must have expired.
 */
export async function useUp(
  ctx: Pick<Context, 'db'>,
  kind: 'state',
  token: string,
  until: Date,
): Promise<boolean> {
  try {
    await insertTogether(oneTimes(ctx.db), { _id: idOf(kind, token), body: '', expiresAt: until });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

/** The body, left where it is: for a form that is shown again before it is sent. */
export async function look<T>(
  ctx: Pick<Context, 'db' | 'now'>,
  kind: OneTimeKind,
  token: string,
): Promise<T | undefined> {
  const found = await oneTimes(ctx.db)
    .findOne({ _id: idOf(kind, token), expiresAt: { $gt: ctx.now() } })
    .lean();
  return found ? (JSON.parse(found.body) as T) : undefined;
}

function idOf(kind: OneTimeKind | 'state', token: string): string {
  return `${kind}:${hashToken(token)}`;
}
