import { createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { randomBytes } from './random.ts';

/** A bearer secret of 192 bits, shown once; only its hash is stored. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** What is stored of a token. A plain fast hash is right for random secrets: there is nothing to guess. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64url');
}

/** A key for one purpose, made of the server's secret (RFC 5869). */
export function deriveKey(secret: Buffer, purpose: string, bytes = 32): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `coursedock ${purpose}`, bytes));
}

/** {@link deriveKey} for a purpose that is asked for often: reckoned once for each secret. */
export function keptKey(purpose: string): (secret: Buffer) => KeyObject {
  const kept = new WeakMap<Buffer, KeyObject>();
  return (secret) => {
    const key = kept.get(secret) ?? createSecretKey(deriveKey(secret, purpose));
    kept.set(secret, key);
    return key;
  };
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(hashToken(a)), Buffer.from(hashToken(b))];
  return timingSafeEqual(x, y);
}
