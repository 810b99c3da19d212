import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn some thousand at a time: asking for a few costs as much as asking for these. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** As crypto.randomBytes gives them. Every byte is given once. */
export function randomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
