import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { openContext, type Context } from '../../src/context.ts';
import { newDatabase } from './store.ts';

/** A world without a server, for rooms that have no door: a database and a folder of its own. */
export async function openWorld(
  overrides: Partial<Context> = {},
): Promise<{ ctx: Context; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
  const config = readConfig({ DATA_DIR: dataDir, MONGODB_URL: await newDatabase() });
  const { ctx, close } = await openContext(config, { log: pino({ level: 'silent' }), ...overrides });
  return {
    ctx,
    close: async () => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
