import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import type { Config } from './config.ts';
import { DiskFiles } from './store/disk-files.ts';
import { startEmbeddedStore } from './store/embedded/start.ts';
import type { FileStore } from './store/files.ts';
import { connect, ensureIndexes, type Db } from './store/mongo.ts';
import { finishRestore, refuseDuringRestore } from './store/operate/swap.ts';
import { guardedFetch } from './web/guarded-fetch.ts';

/**
 * The world, built once by main.ts (and by test/support/app.ts) and handed down. A function takes only the part it
 * needs: `Pick<Context, 'db' | 'now'>`.
 */
export type Context = {
  config: Config;
  /** The mongoose connection; each room's `x.model.ts` gives its models on it. */
  db: Db;
  /** The files of course versions. */
  files: FileStore;
  /** The server's own secret, 32 bytes or more. Use `deriveKey(secret, purpose)`, never the secret itself. */
  secret: Buffer;
  /** HTTP to other people's addresses: no private networks unless configured, time and size bounded. */
  fetch: typeof globalThis.fetch;
  /** The clock. Tests set it. */
  now: () => Date;
  log: Logger;
};

/**
 * Opens the store and the files and builds the world; `close` shuts them again, in reverse. `isAlone`: no other process
 * works on this store, so what one held when it died may be taken at once. `brief`: for one command, not for a server.
 */
export async function openContext(
  config: Config,
  overrides: Partial<Context> = {},
  { brief = false } = {},
): Promise<{ ctx: Context; isAlone: boolean; close: () => Promise<void> }> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  await finishRestore(config.dataDir);
  const log =
    overrides.log ??
    pino(
      { level: config.logLevel, redact: ['req.headers.authorization', 'req.headers.cookie'] },
      pino.destination(2),
    );
  const tell = (level: 'warn' | 'error', text: string) => log[level](text);
  const embedded = config.mongodbUrl
    ? undefined
    : await startEmbeddedStore({
        dir: join(config.dataDir, 'store'),
        flush: config.storeFlush,
        brief,
        tell,
      });
  await refuseDuringRestore(config.dataDir);
  const isAlone = embedded?.isAlone ?? false;
  if (isAlone) await clearRemains(config.dataDir);
  const db = await connect(config.mongodbUrl ?? embedded!.url);
  await ensureIndexes(db);
  const ctx: Context = {
    config,
    db,
    files: await DiskFiles.open(join(config.dataDir, 'files'), { isAlone }),
    secret: await readSecret(config),
    fetch: guardedFetch(config),
    now: () => new Date(),
    log,
    ...overrides,
  };
  return {
    ctx,
    isAlone,
    close: async () => {
      await db.close();
      await embedded?.close();
    },
  };
}

/** What processes that are no more were receiving (web/upload.ts) and checking (store/operate/check.ts). */
async function clearRemains(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name === 'uploads' || name.startsWith('check-')) await rm(join(dataDir, name), { recursive: true });
  }
}

/** SECRET, or `dataDir/secret`, made at the first start and shared by every process on that folder. */
async function readSecret(config: Config): Promise<Buffer> {
  if (config.secret) return Buffer.from(config.secret);
  const path = join(config.dataDir, 'secret');
  try {
    await writeFile(path, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(path);
}
