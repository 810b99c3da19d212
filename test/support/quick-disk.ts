import { existsSync, statfsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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

/** Every test server is a thread or a process that reads the same files: once compiled is enough, for them too. */
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'coursedock-compiled');
enableCompileCache(process.env.NODE_COMPILE_CACHE);
