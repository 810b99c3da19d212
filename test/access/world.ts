import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config.ts';
import { openContext, type Context } from '../../src/context.ts';
import { makeClock, type Clock } from '../support/clock.ts';

/** The store and a clock, without a server: what the rules of access are tested on. */
export async function openWorld(): Promise<{ ctx: Context; clock: Clock; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
  const env: Record<string, string> = { DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  if (process.env.TEST_MONGODB_URL) {
    const url = new URL(process.env.TEST_MONGODB_URL);
    url.pathname = `/coursedock_${Math.random().toString(36).slice(2, 10)}`;
    env.MONGODB_URL = url.href;
  }
  const clock = makeClock();
  const { ctx, close } = await openContext(readConfig(env), { now: clock.now });
  return {
    ctx,
    clock,
    close: async () => {
      await close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export const day = 24 * 3600 * 1000;
export const minute = 60_000;
