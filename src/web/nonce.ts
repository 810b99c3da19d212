import { randomUUID } from 'node:crypto';

/** For one page: 244 random bits, of which CSP asks for 128. UUIDs are drawn in advance, where randomBytes asks the system each time. */
export function newNonce(): string {
  return randomUUID() + randomUUID();
}
