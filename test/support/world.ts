import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { openContext, type Context } from '../../src/context.ts';

/** A world without a server, for rooms that have no door: the store (TEST_MONGODB_URL's, if set), in a folder of its own. */
export async function openWorld(
  overrides: Partial<Context> = {},
): Promise<{ ctx: Context; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
  const store = process.env.TEST_MONGODB_URL && new URL(process.env.TEST_MONGODB_URL);
  if (store) store.pathname = `/coursedock_${Math.random().toString(36).slice(2, 10)}`;
  const config = readConfig({ DATA_DIR: dataDir, ...(store && { MONGODB_URL: store.href }) });
  const { ctx, close } = await openContext(config, { log: pino({ level: 'silent' }), ...overrides });
  return {
    ctx,
    close: async () => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
