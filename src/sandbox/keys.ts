import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWTPayload } from 'jose';
import type { Lms } from './lms.ts';
import type { PlatformKey } from './state.ts';

export async function makeKey(): Promise<PlatformKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = randomUUID();
  const published = { kid, alg: 'RS256', use: 'sig' };
  return {
    kid,
    privateKey: { ...(await exportJWK(privateKey)), ...published },
    publicKey: { ...(await exportJWK(publicKey)), ...published },
  };
}

/** Signs with the platform's newest key. `lifetime` is in seconds, from the sandbox's clock. */
export async function signAs(lms: Lms, claims: JWTPayload, lifetime: number, typ = 'JWT'): Promise<string> {
  const key = lms.store.state.keys.at(-1)!;
  const iat = seconds(lms.now());
  return new SignJWT({ iss: lms.url, iat, exp: iat + lifetime, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: key.kid, typ })
    .sign(await importJWK(key.privateKey, 'RS256'));
}

export function publicKeys(lms: Lms) {
  return { keys: lms.store.state.keys.map((key) => key.publicKey) };
}

export function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
