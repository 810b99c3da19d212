import { existsSync, statfsSync } from 'node:fs';

/**
 * Where there is a disk in memory with room, the tests keep their data there: every acknowledged write is flushed, and
 * a slow disk would be most of what a run waits for. (Folders come from os.tmpdir(), which reads TMPDIR at each call.)
 */
const memory = '/dev/shm';
const gigabyte = 1024 ** 3;

if (!process.env.TMPDIR && existsSync(memory)) {
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize > 2 * gigabyte) process.env.TMPDIR = memory;
}
