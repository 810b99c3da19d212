import { randomBytes } from './random.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A random identifier that cannot be guessed: `crs_` and 128 bits in Crockford's base 32, safe in a URL and a host name. */
export function newId(prefix: string): string {
  let text = '';
  let [rest, bits] = [0, 0];
  for (const byte of randomBytes(16)) {
    rest = (rest << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(rest >> (bits - 5)) & 31];
    rest &= 31;
  }
  return `${prefix}_${text}${alphabet[rest & 7]}`;
}
