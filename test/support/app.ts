import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import supertest from 'supertest';
import { readConfig } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import { startServer } from '../../src/main.ts';
import { newDatabase } from './store.ts';

export type TestApp = {
  ctx: Context;
  /** Origin of pages, LTI and API, such as http://localhost:41234. */
  url: string;
  /** Origin of the player and the courses, such as http://127.0.0.1:41234. */
  contentUrl: string;
  dataDir: string;
  /** supertest on the app origin (keeps no cookies) and on the content origin. */
  app: ReturnType<typeof supertest>;
  content: ReturnType<typeof supertest>;
  /** Stops the server and opens it again on the same data. */
  stop: () => Promise<void>;
};

type Options = {
  env?: Record<string, string>;
  lti?: unknown;
  overrides?: Partial<Context>;
  /** Given: used and left there; otherwise a temporary folder that `stop` removes. */
  dataDir?: string;
};

/** A real server on the embedded store, on a free port, without a sandbox LMS. */
export async function startApp(options: Options = {}): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'coursedock-')));
  const port = await freePort();
  const store = options.dataDir ? {} : { MONGODB_URL: await newDatabase() };
  const config = {
    ...readConfig(
      { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'silent', ...store, ...options.env },
      options.lti ?? {},
    ),
    sandboxUrl: undefined,
  };
  const { ctx, stop } = await startServer(config, { log: pino({ level: 'silent' }), ...options.overrides });
  return {
    ctx,
    url: config.publicUrl,
    contentUrl: config.contentUrl,
    dataDir,
    app: supertest(config.publicUrl),
    content: supertest(config.contentUrl),
    stop: async () => {
      await stop();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A port nobody listens on: below those that systems give out by themselves, at random, so that test files side by side do not meet. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => void probe.close(resolve));
    return port;
  }
}
