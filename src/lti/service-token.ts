import type { Context } from '../context.ts';
import { dropToken, findToken, type Token, type TokenKey } from './access-tokens.ts';
import { ltijsOf, type LtijsWorld } from './ltijs.ts';
import type { PlatformRecord } from './platform.model.ts';
import { PlatformFailure } from './platform-http.ts';

const under = new WeakMap<Context['db'], Map<string, Promise<string>>>();

/**
 * The Authorization header for a platform's service. Kept in the store until shortly before its end; however many ask at
 * once, the platform is asked once. `refused`: one that the platform did not take although we held it for good; what
 * comes then is another, also a single one for all who were refused. Throws {@link PlatformFailure} when there is none.
 */
export async function serviceToken(
  ctx: LtijsWorld,
  { issuer, clientId }: PlatformRecord,
  scopes: string[],
  refused?: string,
): Promise<string> {
  const key = { issuer, clientId, scopes: [...scopes].sort().join(' ') };
  for (;;) {
    const kept = await findToken(ctx, key);
    if (kept && headerOf(kept) !== refused) return headerOf(kept);
    const { asked, isOurs } = ask(ctx, key, refused);
    const token = await asked;
    // What others asked for before we were refused may be the very token.
    if (isOurs || token !== refused) return token;
  }
}

/** Asks, or joins who is asking already. */
function ask(ctx: LtijsWorld, key: TokenKey, refused: string | undefined) {
  const asking = under.get(ctx.db) ?? new Map<string, Promise<string>>();
  under.set(ctx.db, asking);
  const name = JSON.stringify(key);
  const known = asking.get(name);
  if (known) return { asked: known, isOurs: false };
  const asked = requestToken(ctx, key, refused).finally(() => asking.delete(name));
  asking.set(name, asked);
  return { asked, isOurs: true };
}

async function requestToken(ctx: LtijsWorld, key: TokenKey, refused: string | undefined): Promise<string> {
  if (refused) await dropToken(ctx, key, (token) => headerOf(token) === refused);
  const platform = await ltijsOf(ctx).getPlatform(key.issuer, key.clientId);
  if (!platform) throw new PlatformFailure('The platform is not connected any more');
  return headerOf(await platform.platformAccessToken(key.scopes));
}

/** As ltijs hands it out, with a capital letter: some platforms know no `bearer`. */
function headerOf({ token_type: type, access_token: token }: Token): string {
  return `${type.charAt(0).toUpperCase()}${type.slice(1)} ${token}`;
}
