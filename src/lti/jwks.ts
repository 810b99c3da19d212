import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { LaunchRefused } from './errors.ts';
import { askPlatform, PlatformFailure } from './platform-http.ts';

type World = Pick<Context, 'db' | 'fetch' | 'now' | 'log'>;

type KeySet = {
  keys: Map<string, KeyObject>;
  fetchedAt: number;
  freshUntil: number;
  /** kid → until when it is known not to be there. */
  absent: Map<string, number>;
  /** When it was asked for again out of turn, in vain, lately. */
  forced: number[];
};

const minute = 60_000;
const fresh = { least: 5 * minute, most: 24 * 60 * minute, usual: 60 * minute };
/** While the platform does not answer, keys it showed within this time still count. */
const grace = 24 * 60 * minute;
/** Out of turn: a few times a minute at once, and beyond that now and then, or who makes names up could keep a new key from being seen. */
const forced = { perMinute: 5, apart: 500 };
/** A name that was not there may be there soon: the platform signs with it already. */
const absence = 10_000;

/** Per world and address. Bounded by the number of platforms, whose addresses only an administrator sets. */
const caches = new WeakMap<
  World['db'],
  { sets: Map<string, KeySet>; asking: Map<string, Promise<KeySet>> }
>();

/**
 * The platform's public key of this kid. Fetched once and kept as long as the platform says (5 minutes to a day); a kid
 * that is not among them is asked for again at once, as often as `forced` lets it, and then known to be absent for a
 * while. `again`: the signature did not fit, so the key may have changed under its name.
 */
export async function platformKey(
  ctx: World,
  jwksUri: string,
  kid: string,
  options: { again?: boolean } = {},
): Promise<KeyObject> {
  const now = ctx.now().getTime();
  let set = await keySet(ctx, jwksUri);
  const key = set.keys.get(kid);
  if (key && !options.again) return key;
  const forces = mayForce(set, kid, now);
  if (forces) set = await load(ctx, jwksUri, set);
  const found = set.keys.get(kid);
  // Only what was asked in vain counts: a platform that has new keys is asked for each.
  if (forces && (!found || (key && found.equals(key)))) set.forced.push(now);
  if (found) return found;
  // From when it was looked for, not from when it was last wanted: a class that comes with a new key would never see it.
  if (forces) set.absent.set(kid, now + absence);
  if (set.absent.size > 1000) set.absent.clear();
  throw new LaunchRefused('unknown-key', { values: { kid: kid.slice(0, 80), address: jwksUri } });
}

function mayForce(set: KeySet, kid: string, now: number): boolean {
  if ((set.absent.get(kid) ?? 0) > now) return false;
  set.forced = set.forced.filter((at) => at > now - minute);
  return set.forced.length < forced.perMinute || set.fetchedAt + forced.apart <= now;
}

async function keySet(ctx: World, jwksUri: string): Promise<KeySet> {
  const now = ctx.now().getTime();
  const known = cacheOf(ctx).sets.get(jwksUri);
  if (known && known.freshUntil > now) return known;
  try {
    return await load(ctx, jwksUri, known);
  } catch (error) {
    if (!known || known.fetchedAt + grace < now) throw error;
    ctx.log.warn(
      { address: jwksUri, reason: String((error as Error).cause ?? error) },
      "a platform's keys could not be fetched; using the ones it had",
    );
    known.freshUntil = now + minute;
    return known;
  }
}

/** One request at a time for an address, whoever waits for it. */
function load(ctx: World, jwksUri: string, before: KeySet | undefined): Promise<KeySet> {
  const { sets, asking } = cacheOf(ctx);
  const under = asking.get(jwksUri);
  if (under) return under;
  const loading = fetchKeys(ctx, jwksUri)
    .then(({ keys, maxAge }) => {
      const now = ctx.now().getTime();
      const set: KeySet = {
        keys,
        fetchedAt: now,
        freshUntil: now + maxAge,
        absent: before?.absent ?? new Map(),
        forced: before?.forced ?? [],
      };
      for (const kid of keys.keys()) set.absent.delete(kid);
      sets.set(jwksUri, set);
      return set;
    })
    .finally(() => asking.delete(jwksUri));
  asking.set(jwksUri, loading);
  return loading;
}

const jwks = z.object({ keys: z.array(z.unknown()).max(500) });
/** One that is none is left out, and does not take the others with it. */
const rsaJwk = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string().min(1),
  use: z
    .unknown()
    .optional()
    .refine((use) => use !== 'enc'),
  // RSA-OAEP and RSA1_5 encrypt.
  alg: z
    .unknown()
    .optional()
    .refine((alg) => typeof alg !== 'string' || !alg.startsWith('RSA')),
});

async function fetchKeys(
  ctx: World,
  jwksUri: string,
): Promise<{ keys: Map<string, KeyObject>; maxAge: number }> {
  const unavailable = (cause: unknown, reason: string) =>
    new LaunchRefused('keys-unavailable', {
      status: 503,
      retryAfter: 30,
      values: { address: jwksUri, reason },
      cause,
    });
  const answer = await askPlatform(ctx, jwksUri, {
    headers: { Accept: 'application/json' },
    seconds: 5,
  }).catch((error: PlatformFailure) => {
    throw unavailable(error, error.message);
  });
  if (!answer.ok) throw unavailable(answer.failure(), answer.failure().message);
  const keys = keysIn(answer.json());
  if (!keys) throw unavailable(undefined, 'its answer is not a JSON Web Key Set');
  return { keys, maxAge: maxAgeOf(answer.headers) };
}

/** The keys of a JSON Web Key Set that may sign launches, by kid; undefined: it is none. */
export function keysIn(body: unknown): Map<string, KeyObject> | undefined {
  const set = jwks.safeParse(body).data;
  return (
    set &&
    new Map(
      set.keys.flatMap((one) => {
        const jwk = rsaJwk.safeParse(one).data;
        const key = jwk && rsaKey(jwk);
        return key ? [[jwk.kid, key] as const] : [];
      }),
    )
  );
}

/** LTI signs with RS256: an RSA key, not too small to mean anything; others in the set are not for us. */
function rsaKey(jwk: { kty: string; [member: string]: unknown }): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? key : undefined;
  } catch {
    return undefined;
  }
}

function maxAgeOf(headers: Headers): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '')?.[1];
  return Math.min(Math.max(seconds ? Number(seconds) * 1000 : fresh.usual, fresh.least), fresh.most);
}

function cacheOf(ctx: World) {
  const known = caches.get(ctx.db);
  if (known) return known;
  const made = { sets: new Map<string, KeySet>(), asking: new Map<string, Promise<KeySet>>() };
  caches.set(ctx.db, made);
  return made;
}
