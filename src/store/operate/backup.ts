import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { FileLock } from '../embedded/process/file-lock.ts';
import { SnapshotFile, type CollectionCount } from '../embedded/data/snapshot-file.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import { readVersion, versionsIn } from './course-files.ts';
import * as folder from './folder.ts';
import { manifestVersion, markOf, writeManifest, type Manifest } from './manifest.ts';
import type { Progress } from './progress.ts';
import { writeSnapshot } from './snapshot.ts';
import { verifyBackup } from './verify.ts';

export type Settings = Pick<Config, 'dataDir' | 'mongodbUrl' | 'secret'>;
export type Backup = { path: string; manifest: Manifest; notes: string[] };

/**
 * Writes a backup to `to`, a folder that does not exist: the database as it is at one moment, the files of the course
 * versions that it knows, and the secret. A server may run meanwhile. The backup has its name only when it is whole, on the
 * disk, and has been read again. With MONGODB_URL it holds the course files and the secret alone.
 * @throws StoreTrouble; then nothing is left
 */
export async function makeBackup(
  settings: Settings,
  to: string,
  { now = () => new Date(), progress = () => {} }: { now?: () => Date; progress?: Progress } = {},
): Promise<Backup> {
  const path = resolve(to);
  if (await folder.exists(path))
    throw new StoreTrouble(`${path} exists already. Name a folder that does not.`);
  if (['store', 'files', 'uploads'].some((own) => folder.isInside(path, join(settings.dataDir, own))))
    throw new StoreTrouble(
      `${path} is among the server's own data. Name a folder elsewhere, best on another disk.`,
    );
  const part = `${path}.part`;
  const lock = await beginPart(part);
  try {
    const { manifest, notes } = await fill(settings, part, now(), progress);
    await verifyBackup(part, progress);
    lock.release();
    await rm(lockIn(part), { force: true });
    await rename(part, path);
    await folder.syncFolder(dirname(path));
    return { path, manifest, notes };
  } catch (error) {
    lock.release();
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

/** SQLite puts another file of that beginning beside it while it is locked. */
const lockName = 'unfinished.lock';
const lockIn = (part: string) => join(part, lockName);

/** The folder while it is not whole. What one that was interrupted has left is removed; another that is still at it is not. */
async function beginPart(part: string): Promise<FileLock> {
  if (await folder.exists(part)) {
    const isOurs = (await readdir(part)).includes(lockName);
    const dead = isOurs ? FileLock.alone(lockIn(part)) : undefined;
    if (!dead)
      throw new StoreTrouble(
        isOurs
          ? `Another backup to ${part} is under way.`
          : `${part} is in the way, and not of ours. Name another folder.`,
      );
    dead.release();
    await rm(part, { recursive: true });
  }
  await mkdir(part, { recursive: true, mode: 0o700 });
  return FileLock.alone(lockIn(part))!;
}

async function fill(settings: Settings, part: string, time: Date, progress: Progress) {
  const { dataDir, mongodbUrl } = settings;
  const { collections, paths, notes } = mongodbUrl
    ? await listAllFiles(dataDir)
    : await takeStore(dataDir, part, progress);
  const secret = await takeSecret(settings, part);
  if (!mongodbUrl && (await folder.exists(join(dataDir, 'sandbox.json')))) paths.push('sandbox.json');
  await copyFiles(dataDir, part, paths, progress);
  const { sums, bytes } = await sumUp(part, progress);
  const manifest: Manifest = {
    format: 'coursedock-backup',
    version: manifestVersion,
    createdAt: time.toISOString(),
    contents: mongodbUrl ? 'files' : 'everything',
    collections,
    files: sums.size,
    bytes,
    ...secret,
  };
  await writeManifest(part, manifest, sums);
  return { manifest, notes };
}

type Taken = { collections: CollectionCount[]; paths: string[]; notes: string[] };

/** The snapshot first: a version's files are there before the database knows of it, and stay. */
async function takeStore(dataDir: string, part: string, progress: Progress): Promise<Taken> {
  const database = join(part, 'store/coursedock.db');
  await mkdir(dirname(database), { mode: 0o700 });
  const size = await stat(join(dataDir, 'store/coursedock.db')).catch(() => undefined);
  await folder.checkRoom(part, size?.size ?? 0);
  await writeSnapshot(dataDir, database, progress);
  SnapshotFile.seal(database);
  await folder.sync(database, 0o600);
  const snapshot = SnapshotFile.open(database);
  try {
    const read = [];
    for (const version of versionsIn(snapshot)) read.push(await readVersion(dataDir, version));
    return {
      collections: snapshot.counts(),
      paths: read.flatMap(({ files }) => files.map(({ path }) => path)),
      notes: read.flatMap(({ finding }) => finding ?? []),
    };
  } finally {
    snapshot.close();
  }
}

async function listAllFiles(dataDir: string): Promise<Taken> {
  const home = 'files/versions';
  if (!(await folder.exists(join(dataDir, home))))
    throw new StoreTrouble(`There are no course files in ${dataDir}`);
  const paths: string[] = [];
  for await (const path of folder.filesUnder(join(dataDir, home))) paths.push(`${home}/${path}`);
  return { collections: [], paths, notes: [] };
}

/** Without it nobody can read the keys in the database, and every session and link is void. */
async function takeSecret(
  { dataDir, secret }: Settings,
  part: string,
): Promise<Pick<Manifest, 'secret' | 'secretMark'>> {
  if (secret) return { secret: 'environment', secretMark: markOf(secret) };
  const from = join(dataDir, 'secret');
  if (!(await folder.exists(from))) return { secret: 'none', secretMark: '' };
  await folder.copyToDisk(from, join(part, 'secret'), 0o600);
  return { secret: 'file', secretMark: markOf(await readFile(from)) };
}

async function copyFiles(dataDir: string, part: string, paths: string[], progress: Progress): Promise<void> {
  const sizes = new Map<string, number>();
  for (const path of paths) sizes.set(path, (await stat(join(dataDir, path))).size);
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  await folder.checkRoom(part, total);
  let done = 0;
  try {
    await folder.forEach(sizes, async ([path, bytes]) => {
      await folder.copyToDisk(join(dataDir, path), join(part, path));
      progress('Copying course files', (done += bytes), total);
    });
  } catch (error) {
    throw await folder.explainFullDisk(error, part, total);
  }
}

async function sumUp(
  part: string,
  progress: Progress,
): Promise<{ sums: Map<string, string>; bytes: number }> {
  const paths: string[] = [];
  for await (const path of folder.filesUnder(part)) if (!path.startsWith(lockName)) paths.push(path);
  const sums = new Map<string, string>();
  let bytes = 0;
  for (const path of paths.sort()) {
    sums.set(path, await folder.hashFile(join(part, path)));
    bytes += (await stat(join(part, path))).size;
    progress('Adding up checksums', bytes);
  }
  return { sums, bytes };
}
