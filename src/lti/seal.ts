import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { keptKey } from '../store/token.ts';

const keyOf = keptKey('lti keys');

/**
 * Encrypts a secret for the database: AES-256-GCM, bound to what it belongs to (`of`), so that a row copied to
 * another place does not open there. Text: `1.<iv>.<tag>.<data>`, base64url; the 1 names the key, for a later rotation.
 */
export function seal(ctx: Pick<Context, 'secret'>, text: string, of: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOf(ctx.secret), iv).setAAD(Buffer.from(of));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return ['1', ...[iv, cipher.getAuthTag(), data].map((part) => part.toString('base64url'))].join('.');
}

/** The other way round; throws when SECRET is not the one it was sealed with, or somebody changed the row. */
export function unseal(ctx: Pick<Context, 'secret'>, sealed: string, of: string): string {
  const [version, ...parts] = sealed.split('.');
  const [iv, tag, data] = parts.map((part) => Buffer.from(part, 'base64url'));
  if (version !== '1' || !iv || !tag || !data)
    throw new Error('A sealed value in the database is not one of ours');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(ctx.secret), iv, {
    authTagLength: 16,
  })
    .setAAD(Buffer.from(of))
    .setAuthTag(tag);
  return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
}
