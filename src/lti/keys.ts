import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { SignJWT, type JWK, type JWTPayload } from 'jose';
import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { keys, type KeyRecord } from './key.model.ts';
import type { PlatformRecord } from './platform.model.ts';
import { seal, unseal } from './seal.ts';

type World = Pick<Context, 'db' | 'secret' | 'now'>;

/** Our public keys as a JWK set (RFC 7517), the spare among them. For /lti/jwks. */
export async function publicKeys(ctx: World): Promise<{ keys: JWK[] }> {
  await ensureSpareKey(ctx);
  const published = { $or: [{ publishedUntil: { $exists: false } }, { publishedUntil: { $gt: ctx.now() } }] };
  const all = await keys(ctx.db).find(published).sort({ createdAt: 1 }).lean();
  return {
    keys: all.map(({ _id, publicKey }) => ({
      ...(publicJwk(publicKey) as JWK),
      kid: _id,
      alg: 'RS256',
      use: 'sig',
    })),
  };
}

/**
 * A key pair for a platform: its kid. Taken from the spare, which the platform can already have fetched, or made.
 * RSA 2048, off the event loop: ltijs makes 4096 bits synchronously, which stops the server for a second (lti.md A.6).
 */
export async function claimKey(ctx: World, platform: { issuer: string; clientId: string }): Promise<string> {
  const claimed = await keys(ctx.db)
    .findOneAndUpdate({ issuer: { $exists: false } }, { $set: platform }, { sort: { createdAt: 1 } })
    .lean();
  if (claimed) return claimed._id;
  return (await makeKey(ctx, platform))._id;
}

/** Signs a message of ours to a platform. Its clock may be behind ours and allow nothing (Moodle): `iat` is a little back. */
export async function signJwt(
  ctx: World,
  platform: Pick<PlatformRecord, 'kid'>,
  payload: JWTPayload,
  seconds: number,
): Promise<string> {
  const record = await signingKey(ctx, platform.kid);
  const now = Math.floor(ctx.now().getTime() / 1000);
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: record._id })
    .setIssuedAt(now - 30)
    .setExpirationTime(now + seconds)
    .setJti(newId('jti'))
    .sign(privateKeyOf(ctx, record));
}

/** Of a platform's keys (it names the first) the last that is to be used by now, and still published. */
async function signingKey(ctx: World, kid: string): Promise<KeyRecord> {
  const all = await keysOf(ctx, kid);
  const now = ctx.now();
  const inUse = all.filter(
    ({ usedFrom, publishedUntil }) =>
      (!usedFrom || usedFrom <= now) && (!publishedUntil || publishedUntil > now),
  );
  const last = inUse.toSorted((a, b) => since(b) - since(a))[0];
  if (!last) throw new Error(`The key ${kid} is gone`);
  return last;
}

function since({ usedFrom, createdAt }: KeyRecord): number {
  return (usedFrom ?? createdAt).getTime();
}

/** The key that a platform names, and those that took its place. */
export async function keysOf(ctx: Pick<Context, 'db'>, kid: string): Promise<KeyRecord[]> {
  return keys(ctx.db)
    .find({ $or: [{ _id: kid }, { of: kid }] })
    .lean();
}

const making = new WeakMap<Context['db'], Promise<unknown>>();

/** One key that belongs to nobody yet is always published. */
async function ensureSpareKey(ctx: World): Promise<void> {
  if (await keys(ctx.db).exists({ issuer: { $exists: false } })) return;
  const made = making.get(ctx.db) ?? makeKey(ctx).finally(() => making.delete(ctx.db));
  making.set(ctx.db, made);
  await made;
}

/** A new key pair: a spare, or a platform's. */
export async function makeKey(
  ctx: World,
  platform: Pick<KeyRecord, 'issuer' | 'clientId' | 'of' | 'usedFrom'> = {},
): Promise<KeyRecord> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const _id = newId('key');
  const record: KeyRecord = {
    _id,
    ...platform,
    publicKey: pair.publicKey,
    privateKey: seal(ctx, pair.privateKey, _id),
    createdAt: ctx.now(),
  };
  await keys(ctx.db).create(record);
  return record;
}

/** Parsed keys, so that a launch's answer and a page of keys do not parse PEM each time. Bounded by the number of platforms. */
const parsedPrivate = new Map<string, KeyObject>();
const parsedPublic = new Map<string, object>();

function privateKeyOf(ctx: World, record: KeyRecord): KeyObject {
  const known = parsedPrivate.get(record.privateKey);
  if (known) return known;
  const key = createPrivateKey(unseal(ctx, record.privateKey, record._id));
  parsedPrivate.set(record.privateKey, key);
  return key;
}

function publicJwk(pem: string): object {
  const known = parsedPublic.get(pem);
  if (known) return known;
  const jwk = createPublicKey(pem).export({ format: 'jwk' });
  parsedPublic.set(pem, jwk);
  return jwk;
}
