import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, mkdir, open, opendir, rename, stat, statfs } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { StoreTrouble } from '../embedded/faults/trouble.ts';

/** The regular files under `dir`, as `/`-separated paths from `root`; links and everything else that is no course file are left out. */
export async function* filesUnder(root: string, dir = ''): AsyncGenerator<string> {
  for await (const entry of await opendir(join(root, dir))) {
    const path = dir ? `${dir}/${entry.name}` : entry.name;
    if (entry.isDirectory()) yield* filesUnder(root, path);
    else if (entry.isFile()) yield path;
  }
}

/** SHA-256 of a file's content, hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Copies one file, in no time where the file system shares blocks between copies, and puts it on the disk. */
export async function copyToDisk(from: string, to: string, mode?: number): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await sync(to, mode);
}

/** Writes a small file whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const handle = await open(`${path}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
  await syncFolder(dirname(path));
}

/** Makes what was renamed or made in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  await sync(path).catch(() => undefined); // some systems do not open folders
}

export async function sync(path: string, mode?: number): Promise<void> {
  const handle = await open(path, 'r');
  try {
    if (mode !== undefined) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Does `work` for every item, a few at a time: flushes wait for the disk, and several wait no longer than one. */
export async function forEach<T>(
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
  atOnce = 8,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const one = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

/** @throws StoreTrouble when the disk that `dir` is on has less room than `bytes` */
export async function checkRoom(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize < bytes) throw noRoom(dir, bytes, bavail * bsize);
}

export function noRoom(dir: string, bytes: number, free: number): StoreTrouble {
  return new StoreTrouble(
    `There is not enough room in ${dir}: ${inWords(bytes)} are needed, ${inWords(free)} are free. Nothing was changed.`,
  );
}

/** What a full disk says in the middle, as a sentence; anything else as it is. */
export async function explainFullDisk(error: unknown, dir: string, bytes: number): Promise<unknown> {
  if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') return error;
  const { bavail, bsize } = await statfs(dir);
  return noRoom(dir, bytes, bavail * bsize);
}

export async function exists(path: string): Promise<boolean> {
  return Boolean(await stat(path).catch(() => undefined));
}

export function inWords(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

/** Is `path` inside `dir`, or `dir` itself? Both absolute. */
export function isInside(path: string, dir: string): boolean {
  return path === dir || path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
}

/** `2026-01-31T12-00-00Z`: a time that can stand in the name of a file on every system. */
export function stampOf(time: Date): string {
  return time.toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
}
