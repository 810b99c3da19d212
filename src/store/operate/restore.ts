import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FileLock } from '../embedded/process/file-lock.ts';
import { isDamage, StoreTrouble } from '../embedded/faults/trouble.ts';
import type { Settings } from './backup.ts';
import * as folder from './folder.ts';
import { markOf, type Manifest } from './manifest.ts';
import type { Progress } from './progress.ts';
import { entries, finishLocked, freshPrefix, lockForRestore, swapIn, type Entry, type Swap } from './swap.ts';
import { verifyBackup } from './verify.ts';

export type Restored = {
  manifest: Manifest;
  /** Where the data is that was there before: `npx coursedock restore --undo` puts it back. Undefined: there was none. */
  aside?: string;
  notes: string[];
};

const asidePrefix = 'before-restore-';

/**
 * Puts a backup into the place of what is in DATA_DIR, which is kept beside it. The backup is verified whole and copied
 * whole before anything is touched; what follows are renames, which the next start carries on if they are interrupted.
 * @throws StoreTrouble; then nothing has changed
 */
export async function restoreBackup(
  settings: Settings,
  from: string,
  { now = () => new Date(), progress = () => {} }: { now?: () => Date; progress?: Progress } = {},
): Promise<Restored> {
  return withData(settings, async (dataDir) => {
    const backup = await verifyBackup(from, progress);
    const { manifest, sums } = backup;
    if (settings.mongodbUrl && manifest.contents === 'everything')
      throw new StoreTrouble(
        'This backup has a database of the embedded store, but MONGODB_URL is set. Restore it without MONGODB_URL, then ' +
          'move it there: npx coursedock move --to MONGODB_URL',
      );
    await folder.checkRoom(dataDir, manifest.bytes);
    const stamp = folder.stampOf(now());
    const fresh = `${freshPrefix}${stamp}`;
    await copyIn(backup.path, join(dataDir, fresh), sums, manifest, progress);
    const swap = planSwap(
      await readdir(join(dataDir, fresh)),
      manifest,
      fresh,
      await unusedAside(dataDir, stamp),
    );
    const hadData = await hasAny(dataDir, [...swap.placed, ...swap.removed]);
    refuseOwned(dataDir); // a server may have come in the meantime
    await swapIn(dataDir, swap);
    return {
      manifest,
      aside: hadData ? join(dataDir, swap.aside) : undefined,
      notes: await secretNotes(settings, manifest),
    };
  });
}

/** Puts back what the last restore has moved aside, and moves aside what it had put in place. */
export async function undoRestore(
  settings: Settings,
  { now = () => new Date() } = {},
): Promise<{ from: string; aside: string }> {
  return withData(settings, async (dataDir) => {
    const last = (await readdir(dataDir))
      .filter((name) => name.startsWith(asidePrefix))
      .sort()
      .at(-1);
    if (!last)
      throw new StoreTrouble(`There is nothing to undo: no restore has moved anything aside in ${dataDir}`);
    const kept = await readdir(join(dataDir, last));
    const aside = await unusedAside(dataDir, `${folder.stampOf(now())}-undone`);
    const placed = entries.filter((entry) => kept.includes(entry));
    await swapIn(dataDir, { fresh: last, aside, placed, removed: [] });
    return { from: join(dataDir, last), aside: join(dataDir, aside) };
  });
}

/** For nobody else meanwhile: no server, no other restore. */
async function withData<T>({ dataDir }: Settings, work: (dataDir: string) => Promise<T>): Promise<T> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockForRestore(dataDir);
  try {
    refuseOwned(dataDir);
    await finishLocked(dataDir);
    return await work(dataDir);
  } finally {
    await finishLocked(dataDir).catch(() => undefined); // what failed in the middle is not left lying about
    lock.release();
  }
}

/** @throws StoreTrouble while a process has the store open, or is attached to it */
function refuseOwned(dataDir: string): void {
  for (const name of ['coursedock.db', 'attached.lock']) {
    if (isFree(join(dataDir, 'store', name))) continue;
    throw new StoreTrouble(
      `A server is running on ${dataDir}. Stop it (every process of it), then restore. Nothing was changed.`,
    );
  }
}

function isFree(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    const lock = FileLock.alone(path);
    lock?.release();
    return lock !== undefined;
  } catch (error) {
    const { code } = error as { code?: string };
    if (isDamage(code)) return true; // nobody has it, and restoring is what it needs
    throw error;
  }
}

async function copyIn(
  from: string,
  to: string,
  sums: Map<string, string>,
  manifest: Manifest,
  progress: Progress,
) {
  await mkdir(to, { mode: 0o700 });
  let done = 0;
  try {
    await folder.forEach(sums, async ([path, sum]) => {
      const isPrivate = !path.startsWith('files/');
      await folder.copyToDisk(join(from, path), join(to, path), isPrivate ? 0o600 : undefined);
      if ((await folder.hashFile(join(to, path))) !== sum)
        throw new StoreTrouble(
          `${path} arrived in ${to} with other bytes: look at this machine's disk. Nothing was changed.`,
        );
      progress('Copying the backup', (done += (await stat(join(to, path))).size), manifest.bytes);
    });
    // A version's folder must not vanish because it is empty, nor the folder of all versions.
    await mkdir(join(to, 'files/versions'), { recursive: true });
  } catch (error) {
    throw await folder.explainFullDisk(error, to, manifest.bytes);
  }
}

/** A backup of everything takes the place of everything, but a secret that it does not have stays. */
function planSwap(names: string[], { contents }: Manifest, fresh: string, aside: string): Swap {
  const placed = entries.filter((entry) => names.includes(entry));
  const whole: Entry[] = contents === 'everything' ? ['store', 'files', 'sandbox.json'] : [];
  return { fresh, aside, placed, removed: whole.filter((entry) => !placed.includes(entry)) };
}

async function unusedAside(dataDir: string, stamp: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = `${asidePrefix}${stamp}${n === 1 ? '' : `-${n}`}`;
    if (!(await folder.exists(join(dataDir, name)))) return name;
  }
}

async function hasAny(dataDir: string, names: string[]): Promise<boolean> {
  for (const name of names) if (await folder.exists(join(dataDir, name))) return true;
  return false;
}

async function secretNotes({ dataDir, secret }: Settings, manifest: Manifest): Promise<string[]> {
  if (manifest.secret === 'none') return [];
  const inUse = secret ?? (await readFile(join(dataDir, 'secret')).catch(() => ''));
  if (markOf(inUse) === manifest.secretMark) return [];
  return manifest.secret === 'environment'
    ? [
        'The backup was made with SECRET set in the environment. Set the same SECRET before you start the server.',
      ]
    : [
        'SECRET is set to another value than that of the backup. Unset it: the secret of the backup is in DATA_DIR/secret.',
      ];
}
