import type { Context } from '../context.ts';
import { accessTokens } from './access-token.model.ts';
import { ltijsOf, type LtijsWorld } from './ltijs.ts';
import type { PlatformRecord } from './platform.model.ts';
import { PlatformFailure } from './platform-http.ts';

const under = new WeakMap<Context['db'], Map<string, Promise<string>>>();

/**
 * The Authorization header for a platform's services. Kept until shortly before its end; however many ask at once, the
 * platform is asked once. Throws {@link PlatformFailure} when it gives none.
 */
export async function serviceToken(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  scopes: string[],
): Promise<string> {
  const asking = under.get(ctx.db) ?? new Map<string, Promise<string>>();
  under.set(ctx.db, asking);
  const scope = [...scopes].sort().join(' ');
  const key = `${platform._id} ${scope}`;
  const known = asking.get(key);
  if (known) return known;
  const token = requestToken(ctx, platform, scope).finally(() => asking.delete(key));
  asking.set(key, token);
  return token;
}

/** The platform refused a token that we took for valid: the next one is a new one. */
export async function forgetServiceToken(
  ctx: Pick<Context, 'db'>,
  { issuer, clientId }: PlatformRecord,
): Promise<void> {
  await accessTokens(ctx.db).deleteMany({ issuer, clientId });
}

async function requestToken(
  ctx: LtijsWorld,
  { issuer, clientId }: PlatformRecord,
  scope: string,
): Promise<string> {
  const platform = await ltijsOf(ctx).getPlatform(issuer, clientId);
  if (!platform) throw new PlatformFailure('The platform is not connected any more');
  const token = await platform.platformAccessToken(scope);
  return `${token.token_type} ${token.access_token}`;
}
