import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const prefix = 'cdk_live_';
const pattern = /^cdk_live_([0-9A-Za-z]{27})_([0-9A-Za-z]{6})$/;

/**
 * `cdk_live_<160 bits in base 62>_<checksum>`: the prefix lets scanners of source code find a key that leaked, the
 * checksum tells a typing mistake from a wrong key without asking the store.
 */
export function newKey(): string {
  const secret = base62(randomBytes(20), 27);
  return `${prefix}${secret}_${checksum(secret)}`;
}

export function isKey(text: string): boolean {
  const parts = pattern.exec(text);
  return parts !== null && checksum(parts[1]!) === parts[2];
}

function checksum(secret: string): string {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(prefix + secret));
  return base62(sum, 6);
}

function base62(bytes: Buffer, length: number): string {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let i = 0; i < length; i++, value /= 62n) text = digits[Number(value % 62n)] + text;
  return text;
}
