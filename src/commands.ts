import { parseArgs } from 'node:util';
import { createApiKey } from './access/api-keys.ts';
import { createSignInLink } from './access/sign-in-links.ts';
import { defaultWorkspace } from './access/workspaces.ts';
import { ConfigError, loadConfig } from './config.ts';
import { openContext, type Context } from './context.ts';
import { startServer } from './main.ts';
import { rotateKeys, type Rotation } from './lti/rotate-keys.ts';
import { ingestPackage } from './packages/ingest.ts';
import { StoreDamaged, StoreTrouble } from './store/embedded/faults/trouble.ts';
import { makeBackup } from './store/operate/backup.ts';
import { checkStore } from './store/operate/check.ts';
import { stampOf } from './store/operate/folder.ts';
import { moveStore } from './store/operate/move.ts';
import { printProgress } from './store/operate/progress.ts';
import { backupReport, checkReport, moveReport, restoreReport, undoReport } from './store/operate/report.ts';
import { restoreBackup, undoRestore } from './store/operate/restore.ts';
import { AppError } from './web/errors.ts';

const usage = `Usage: npx coursedock <command>

  start                     serve until stopped
  admin create [EMAIL]      print a one-time link with which a new administrator signs in
  key create [NAME]         print a new API key, and nothing else
  course import FILE.zip    add a course; print its id
  lti rotate [--now]        new keys to sign with for LMSs: published now, used from tomorrow on; with --now at once

  backup [TO]               write a backup of everything to the new folder TO, while the server runs or not
  restore FROM              verify a backup and put it in place of the data, which is kept beside it
  restore --undo            put back what the last restore replaced
  check                     look at every page, document, index entry and course file
  move --to MONGODB_URL     copy the built-in database to an empty one of a MongoDB server; --resume goes on
`;

/** Commands of two words. */
const groups = new Set(['admin', 'key', 'course', 'lti']);

/** One command, one call of a core. Answers go to stdout, everything else to stderr. */
async function run(args: string[]): Promise<void> {
  const [command = '', ...rest] = args;
  switch (rest[0] && groups.has(command) ? `${command} ${rest[0]}` : command) {
    case 'start':
      return serve();
    case 'backup': {
      const to = rest[0] ?? `coursedock-backup-${stampOf(new Date())}`;
      return print(backupReport(await makeBackup(loadConfig(), to, { progress })));
    }
    case 'restore':
      if (!rest[0]) throw new UsageError('Which backup? coursedock restore FROM');
      if (rest[0] === '--undo') return print(undoReport(await undoRestore(loadConfig())));
      return print(restoreReport(await restoreBackup(loadConfig(), rest[0], { progress })));
    case 'check': {
      const checked = await checkStore(loadConfig(), progress);
      if (checked.findings.length) throw foundWrong(checked.findings);
      return print(checkReport(checked));
    }
    case 'move': {
      const { to, resume } = moveOptions(rest);
      const config = loadConfig();
      return print(moveReport(await moveStore(config, to, { resume, progress }), config.dataDir));
    }
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
    case 'lti rotate': {
      const atOnce = rest[1] === '--now';
      if (rest.length > (atOnce ? 2 : 1)) throw new UsageError('coursedock lti rotate [--now]');
      return withContext(async (ctx) => print(rotationReport(await rotateKeys(ctx, { atOnce }), atOnce)));
    }
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

function rotationReport({ rotated, underWay, usedFrom, publishedUntil }: Rotation, atOnce: boolean): string {
  const utc = (at: Date) => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const waiting = underWay > 0 ? ` ${underWay} have one from a rotation that is still under way.` : '';
  if (atOnce)
    return `LMSs with a new key, used from now on: ${rotated}. The old keys are published no longer.`;
  if (rotated === 0) return `LMSs with a new key: 0.${waiting}`;
  return (
    `LMSs with a new key: ${rotated}. It is published now and used from ${utc(usedFrom)} on; ` +
    `the old one stays published until ${utc(publishedUntil)}.${waiting}`
  );
}

function foundWrong(findings: string[]): StoreDamaged {
  const advice = 'Keep a copy of DATA_DIR, then restore the last backup: npx coursedock restore BACKUP';
  return new StoreDamaged([...findings, advice].join('\n'));
}

function moveOptions(args: string[]): { to: string; resume: boolean } {
  try {
    const { values } = parseArgs({ args, options: { to: { type: 'string' }, resume: { type: 'boolean' } } });
    if (values.to) return { to: values.to, resume: values.resume ?? false };
  } catch {
    // said below: what parseArgs says might quote a password
  }
  throw new UsageError('Where to? coursedock move --to mongodb://HOST/DATABASE [--resume]');
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

/** Said to whoever waits: answers go to stdout. */
const progress = printProgress((line) => console.error(line));

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ConfigError || error instanceof StoreTrouble) console.error(error.message);
  else if (error instanceof AppError)
    console.error(
      [error.message, error.detail, ...(error.faults ?? []).map((f) => `- ${f}`)].filter(Boolean).join('\n'),
    );
  else console.error(error);
  // EX_CONFIG: a supervisor can be told not to try again (systemd: RestartPreventExitStatus=78).
  process.exitCode = error instanceof StoreDamaged ? 78 : 1;
}
