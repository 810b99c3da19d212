import { createServer } from 'node:http';
import { createApp } from './app.ts';
import type { Config } from './config.ts';
import { openContext, type Context } from './context.ts';

export type Running = { ctx: Context; stop: () => Promise<void> };

/** The process: open the world, listen, work; `stop` does the reverse. */
export async function startServer(config: Config, overrides: Partial<Context> = {}): Promise<Running> {
  const { ctx, close } = await openContext(config, overrides);
  const server = createServer(createApp(ctx));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.port, config.host, resolve);
  });
  return {
    ctx,
    stop: async () => {
      server.closeIdleConnections();
      await new Promise((resolve) => {
        server.close(resolve);
        setTimeout(() => server.closeAllConnections(), 5_000).unref();
      });
      await close();
    },
  };
}
