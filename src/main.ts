import { createServer, type Server } from 'node:http';
import { defaultWorkspace } from './access/workspaces.ts';
import { createApp } from './app.ts';
import { announceAll } from './attempts/announce.ts';
import { deliverColumn } from './attempts/column.ts';
import { hasListenedFor } from './attempts/listening.ts';
import { finishReckonings } from './attempts/reckoning.ts';
import { finishRemovals } from './attempts/remove.ts';
import { closeSilent } from './attempts/time-out.ts';
import { ConfigError, type Config } from './config.ts';
import { openContext, type Context } from './context.ts';
import { prepareFirstStart } from './first-start.ts';
import { deliverGrade } from './grades/deliver.ts';
import { ensureStaticPlatforms } from './lti/platforms.ts';
import { endLeases } from './outbox/claim.ts';
import { startWorker } from './outbox/worker.ts';
import type { Sandbox } from './sandbox/start.ts';

/** A large package over a slow line takes its time; headers must still come within Node's minute. In milliseconds. */
const longestUpload = 6 * 3600 * 1000;

/** More than Node's 16 kB: a browser whose cookies have grown is answered, and rid of them (player/cookies.ts). */
const maxHeaderSize = 64 * 1024;

export type Running = { ctx: Context; sandbox?: Sandbox; stop: () => Promise<void> };

/** The process: open the world, open the doors, work; `stop` does the reverse. `print` tells a person where to begin. */
export async function startServer(
  config: Config,
  { print, ...overrides }: Partial<Context> & { print?: (text: string) => void } = {},
): Promise<Running> {
  const { ctx, isAlone, close } = await openContext(config, overrides);
  await ensureStaticPlatforms(ctx, await defaultWorkspace(ctx));
  const server = await listen(
    createServer({ requestTimeout: longestUpload, maxHeaderSize }, createApp(ctx)),
    config,
  );
  if (isAlone) await endLeases(ctx);
  const worker = startWorker(ctx, { grade: deliverGrade, column: deliverColumn });
  const recovery = await startRecovery(ctx);
  const { signInUrl, sandbox } = await prepareFirstStart(ctx);
  print?.(welcome(config, signInUrl));
  return {
    ctx,
    sandbox,
    stop: async () => {
      await sandbox?.stop();
      await closeServer(server);
      clearInterval(recovery);
      await worker.stop();
      await close();
    },
  };
}

/** Says what crashes left unsaid, of browsers and of processes: now, and once a minute what others left. */
async function startRecovery(ctx: Context): Promise<NodeJS.Timeout> {
  const recover = async () => {
    await finishRemovals(ctx);
    await announceAll(ctx);
    const { sessionMinutes } = ctx.config;
    if (await hasListenedFor(ctx, sessionMinutes)) await closeSilent(ctx, sessionMinutes);
    await finishReckonings(ctx);
  };
  await recover();
  return setInterval(() => {
    recover().catch((err: unknown) =>
      ctx.log.error({ err }, 'attempts could not be looked through; trying again in a minute'),
    );
  }, 60_000).unref();
}

function listen(server: Server, config: Config): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `Port ${config.port} is in use by another program. Stop it, or set PORT to another number.`;
      reject(error.code === 'EADDRINUSE' ? new ConfigError(taken) : error);
    });
    server.listen(config.port, config.host, () => resolve(server));
  });
}

/** Stops taking connections, gives the requests under way five seconds, then cuts. */
async function closeServer(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), 5_000);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
  clearTimeout(cut);
}

function welcome(config: Config, signInUrl: string | undefined): string {
  const lines = ['', 'Coursedock is ready.', '', `  Coursedock     ${config.publicUrl}`];
  if (config.sandboxUrl)
    lines.push(
      `  Sandbox LMS    ${config.sandboxUrl}   a practice LMS: add a course there, play it, see the grade`,
    );
  if (signInUrl)
    lines.push('', `  Sign in as the first administrator (this link works once):`, `  ${signInUrl}`);
  return [...lines, ''].join('\n');
}
