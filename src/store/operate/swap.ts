import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FileLock } from '../embedded/process/file-lock.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import { exists, syncFolder, writeWhole } from './folder.ts';

export const entries = ['store', 'files', 'secret', 'sandbox.json'] as const;
export type Entry = (typeof entries)[number];
const entrySchema = z.enum(entries);

/**
 * Puts other data into the place of DATA_DIR's. All of it happens inside the folder, which may be a disk of its own, and
 * takes several renames: `restore.json` says which, so that what a crash interrupts is carried on by whoever comes next.
 */
const swapSchema = z.object({
  /** The folder in DATA_DIR that holds what is to be put in place. */
  fresh: z.string().regex(/^[\w.-]+$/),
  /** The folder in DATA_DIR for what was in its place. */
  aside: z.string().regex(/^[\w.-]+$/),
  /** Put in place from `fresh`; whatever had these names goes aside. */
  placed: z.array(entrySchema),
  /** Nothing comes in their place. */
  removed: z.array(entrySchema),
});
export type Swap = z.infer<typeof swapSchema>;

export const freshPrefix = 'restore-new-';
const journalName = 'restore.json';

export async function swapIn(dataDir: string, swap: Swap): Promise<void> {
  await writeWhole(join(dataDir, journalName), JSON.stringify(swap));
  await carryOut(dataDir, swap);
}

/** Every step is one rename, and those already done show. */
async function carryOut(dataDir: string, { fresh, aside, placed, removed }: Swap): Promise<void> {
  await mkdir(join(dataDir, aside), { recursive: true, mode: 0o700 });
  const away = (entry: Entry) => join(dataDir, aside, entry);
  for (const entry of removed) {
    if (!(await exists(away(entry)))) await moveAside(join(dataDir, entry), away(entry));
  }
  for (const entry of placed) {
    const from = join(dataDir, fresh, entry);
    if (!(await exists(from))) continue; // in place already
    await moveAside(join(dataDir, entry), away(entry));
    await rename(from, join(dataDir, entry));
  }
  for (const folder of [join(dataDir, aside), dataDir]) await syncFolder(folder);
  await rmdir(join(dataDir, fresh)).catch(() => undefined); // what is left in it is not ours to remove
  await rm(join(dataDir, journalName));
  await syncFolder(dataDir);
}

async function moveAside(from: string, to: string): Promise<void> {
  if (await exists(from)) await rename(from, await unused(to));
}

async function unused(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? path : `${path}-${n}`;
    if (!(await exists(candidate))) return candidate;
  }
}

/** @throws StoreTrouble while another restore works on the folder */
export function lockForRestore(dataDir: string): FileLock {
  const lock = FileLock.alone(join(dataDir, 'restore.lock'));
  if (!lock) throw new StoreTrouble(`A restore into ${dataDir} is under way. Wait until it is done.`);
  return lock;
}

/**
 * Before anybody opens the data: carries on a swap that was interrupted, and removes what an interrupted restore had not
 * yet put in place. @throws StoreTrouble while a restore is under way
 */
export async function finishRestore(dataDir: string): Promise<void> {
  if (!(await leftovers(dataDir)).length) return;
  const lock = lockForRestore(dataDir);
  try {
    await finishLocked(dataDir);
  } finally {
    lock.release();
  }
}

/** The same, for who has the lock. */
export async function finishLocked(dataDir: string): Promise<void> {
  const journal = await readFile(join(dataDir, journalName), 'utf8').catch(() => undefined);
  if (journal !== undefined) await carryOut(dataDir, swapSchema.parse(JSON.parse(journal)));
  for (const name of await leftovers(dataDir))
    await rm(join(dataDir, name), { recursive: true, force: true });
}

/** For who has opened the data: was a restore begun in that moment? @throws StoreTrouble */
export async function refuseDuringRestore(dataDir: string): Promise<void> {
  if ((await leftovers(dataDir)).length)
    throw new StoreTrouble(`A restore into ${dataDir} is under way. Wait until it is done.`);
}

async function leftovers(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => []);
  return names.filter((name) => name.startsWith(freshPrefix) || name === journalName);
}
