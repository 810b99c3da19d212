#!/usr/bin/env node
import { createApiKey } from './access/api-keys.ts';
import { createSignInLink } from './access/sign-in-links.ts';
import { defaultWorkspace } from './access/workspaces.ts';
import { ConfigError, loadConfig } from './config.ts';
import { openContext, type Context } from './context.ts';
import { startServer } from './main.ts';
import { ingestPackage } from './packages/ingest.ts';
import { AppError } from './web/errors.ts';

const usage = `Usage: npx coursedock <command>

  start                     serve until stopped
  admin create [EMAIL]      print a one-time link with which a new administrator signs in
  key create [NAME]         print a new API key, and nothing else
  course import FILE.zip    add a course; print its id
`;

/** One command, one call of a core. Answers go to stdout, everything else to stderr. */
async function run(args: string[]): Promise<void> {
  const [command = '', ...rest] = args;
  switch (rest[0] && command !== 'start' ? `${command} ${rest[0]}` : command) {
    case 'start':
      return serve();
    case 'admin create':
      return withContext(async (ctx) => {
        const { url } = await createSignInLink(ctx, {
          workspace: await defaultWorkspace(ctx),
          email: rest[1],
        });
        print(url);
      });
    case 'key create':
      return withContext(async (ctx) => {
        const { key } = await createApiKey(ctx, {
          workspace: await defaultWorkspace(ctx),
          name: rest[1] ?? 'command line',
          by: 'cli',
        });
        print(key);
      });
    case 'course import':
      return withContext(async (ctx) => {
        if (!rest[1]) throw new UsageError('Which file? coursedock course import FILE.zip');
        const { course, version } = await ingestPackage(ctx, {
          path: rest[1],
          workspace: await defaultWorkspace(ctx),
          by: 'cli',
        });
        for (const warning of version.warnings) console.error(`Note: ${warning}`);
        print(course._id);
      });
    case 'help':
    case '--help':
    case '-h':
      return print(usage);
    default:
      throw new UsageError(command ? `There is no command "${args.join(' ')}".` : 'Which command?');
  }
}

async function serve(): Promise<void> {
  const { stop } = await startServer(loadConfig(), { print });
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second Ctrl-C is from somebody who means it.
      if (stopping) process.exit(1);
      stopping = true;
      void stop().then(() => process.exit(0));
    });
  }
}

async function withContext(work: (ctx: Context) => Promise<void>): Promise<void> {
  const { ctx, close } = await openContext(loadConfig(), {}, { brief: true });
  try {
    await work(ctx);
  } finally {
    await close();
  }
}

class UsageError extends Error {}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ConfigError) console.error(error.message);
  else if (error instanceof AppError)
    console.error(
      [error.message, error.detail, ...(error.faults ?? []).map((f) => `- ${f}`)].filter(Boolean).join('\n'),
    );
  else console.error(error);
  process.exitCode = 1;
}
