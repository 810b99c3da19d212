import type { Context } from '../context.ts';
import { dropToken } from './access-tokens.ts';
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
  platform: PlatformRecord,
  scopes: string[],
  refused?: string,
): Promise<string> {
  const asking = askingOf(ctx);
  const scope = [...scopes].sort().join(' ');
  const key = `${platform._id} ${scope}`;
  for (;;) {
    const known = asking.get(key);
    const token = known ?? requestToken(ctx, platform, scope, refused).finally(() => asking.delete(key));
    asking.set(key, token);
    // What others asked for before we were refused may be the very token.
    if (!known || (await known) !== refused) return token;
  }
}

function askingOf({ db }: Pick<Context, 'db'>): Map<string, Promise<string>> {
  const asking = under.get(db) ?? new Map<string, Promise<string>>();
  under.set(db, asking);
  return asking;
}

async function requestToken(
  ctx: LtijsWorld,
  { issuer, clientId }: PlatformRecord,
  scopes: string,
  refused: string | undefined,
): Promise<string> {
  if (refused) await dropToken(ctx, { issuer, clientId, scopes }, (token) => headerOf(token) === refused);
  const platform = await ltijsOf(ctx).getPlatform(issuer, clientId);
  if (!platform) throw new PlatformFailure('The platform is not connected any more');
  return headerOf(await platform.platformAccessToken(scopes));
}

/** As ltijs hands it out, with a capital letter: some platforms know no `bearer`. */
function headerOf({ token_type: type, access_token: token }: { token_type: string; access_token: string }) {
  return `${type.charAt(0).toUpperCase()}${type.slice(1)} ${token}`;
}
