import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { accessTokens } from './access-token.model.ts';
import { seal, unseal } from './seal.ts';

type World = Pick<Context, 'db' | 'secret' | 'now'>;

/** Whose token it is, and what for. */
export type TokenKey = { issuer: string; clientId: string; scopes: string };
/** A token endpoint's answer (RFC 6749 §5.1). */
export type Token = { access_token: string; token_type: string; expires_in?: unknown };

/** A token is forgotten this long before it ends, so that none ends on its way. */
const leewaySeconds = 60;
/** For one that does not say how long it is good for (RFC 6749 leaves it open), and the longest we believe. */
const usualSeconds = 3600;
const longestSeconds = 24 * 3600;

type Kept = { token: Token; expiresAt: Date };
/** What this process has read, or kept itself: a token is used for every grade of an hour. */
const read = new WeakMap<Context['db'], Map<string, Kept>>();

/** The token kept for this key, if it is still good. */
export async function findToken(ctx: World, key: TokenKey): Promise<Token | undefined> {
  const known = readOf(ctx).get(bound(key));
  if (known && known.expiresAt > ctx.now()) return known.token;
  const found = await accessTokens(ctx.db)
    .findOne({ ...key, expiresAt: { $gt: ctx.now() } })
    .lean();
  if (!found) return undefined;
  const token = JSON.parse(unseal(ctx, found.token, bound(key))) as Token;
  readOf(ctx).set(bound(key), { token, expiresAt: found.expiresAt });
  return token;
}

/** Keeps a token, sealed, until shortly before it ends. */
export async function keepToken(ctx: World, key: TokenKey, token: Token): Promise<void> {
  const seconds = Math.min(Math.max(Number(token.expires_in) || usualSeconds, 0), longestSeconds);
  const keptFor = Math.max(seconds - leewaySeconds, seconds / 2);
  const expiresAt = new Date(ctx.now().getTime() + keptFor * 1000);
  const sealed = seal(ctx, JSON.stringify({ ...token, expires_in: seconds }), bound(key));
  await accessTokens(ctx.db).updateOne(
    key,
    { $set: { token: sealed, expiresAt }, $setOnInsert: { _id: newId('act') } },
    { upsert: true },
  );
  readOf(ctx).set(bound(key), { token, expiresAt });
}

/** Forgets the token for this key if it is still `refused`: another may have got a new one meanwhile. */
export async function dropToken(
  ctx: World,
  key: TokenKey,
  refused: (token: Token) => boolean,
): Promise<void> {
  readOf(ctx).delete(bound(key));
  const found = await accessTokens(ctx.db).findOne(key).lean();
  if (!found || !refused(JSON.parse(unseal(ctx, found.token, bound(key))) as Token)) return;
  await accessTokens(ctx.db).deleteOne({ _id: found._id, token: found.token });
}

function readOf({ db }: Pick<Context, 'db'>): Map<string, Kept> {
  const all = read.get(db) ?? new Map<string, Kept>();
  read.set(db, all);
  return all;
}

function bound({ issuer, clientId, scopes }: TokenKey): string {
  return [issuer, clientId, scopes].join(' ');
}
