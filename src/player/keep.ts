import { deriveKey } from '../store/token.ts';

/** With what, and under which name, a browser may keep what it could not send (client/kept.ts). */
export type Keep = { key: string; name: string };

/**
 * A key for each attempt: courses share an origin, and with it the browser's storage. Another course's script can neither read
 * nor make up what is kept here, nor tell by the name whose it is. Nothing is stored of it: it comes of the server's secret.
 */
export function keepFor(secret: Buffer, attempt: string): Keep {
  const bytes = deriveKey(secret, `kept in the browser ${attempt}`, 48);
  return {
    key: bytes.subarray(0, 32).toString('base64url'),
    name: bytes.subarray(32).toString('base64url'),
  };
}
