import { createHmac } from 'node:crypto';
import type { Context } from '../context.ts';
import { keptKey, sameSecret } from '../store/token.ts';

const week = 7 * 24 * 3600;
/** Asked for with every file of a course. */
const keyOf = keptKey('content paths');

/**
 * `/c/<version>/<expiry>.<signature>`, below which the files of a version are served without cookie or header. The
 * expiry (seconds, base 36) is the end of next week: everybody gets the same address for a week, so that caches
 * serve, and it holds for seven days or more, so that it outlives every launch.
 */
export function contentPath(ctx: Pick<Context, 'secret' | 'now'>, version: string): string {
  const expiry = ((Math.floor(seconds(ctx.now()) / week) + 2) * week).toString(36);
  return `/c/${version}/${expiry}.${sign(ctx.secret, version, expiry)}`;
}

/** Was this path signed by us, and does it still hold? */
export function isSigned(ctx: Pick<Context, 'secret' | 'now'>, version: string, seal: string): boolean {
  const match = /^([0-9a-z]{1,8})\.([\w-]{22})$/.exec(seal);
  if (!match) return false;
  const [, expiry = '', signature = ''] = match;
  return (
    sameSecret(signature, sign(ctx.secret, version, expiry)) && parseInt(expiry, 36) > seconds(ctx.now())
  );
}

/**
 * The path of a file from what stands in the address behind the seal, decoded; undefined where it could mean
 * anything but a file below the version: `..`, `%2F`, a backslash, NUL, a folder, broken percent-encoding.
 */
export function filePath(encoded: string): string | undefined {
  try {
    const segments = encoded.split('/').map(decodeURIComponent);
    const strange = (s: string) => s === '.' || s === '..' || /[/\\\0]/.test(s);
    if (segments.at(-1) === '' || segments.some(strange)) return undefined;
    // Courses glue addresses together ("media/" + "/film.mp4"); two slashes are one, as on a disk.
    return segments.filter(Boolean).join('/');
  } catch {
    return undefined;
  }
}

function sign(secret: Buffer, version: string, expiry: string): string {
  const mac = createHmac('sha256', keyOf(secret)).update(`${version}.${expiry}`);
  return mac.digest('base64url').slice(0, 22);
}

const seconds = (at: Date) => at.getTime() / 1000;
