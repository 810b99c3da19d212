import { lstat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SnapshotFile, type CollectionCount } from '../embedded/data/snapshot-file.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import { hashFile } from './folder.ts';
import { readManifest, refused, type Manifest } from './manifest.ts';
import type { Progress } from './progress.ts';

/**
 * Reads a whole backup: every file is there and has its checksum, the database is sound and has what the manifest says.
 * @throws StoreTrouble naming the first file that is not as it was written
 */
export async function verifyBackup(
  from: string,
  progress: Progress = () => {},
): Promise<{ path: string; manifest: Manifest; sums: Map<string, string> }> {
  const path = resolve(from);
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isDirectory()) throw new StoreTrouble(`${path} is not a folder with a backup`);
  const { manifest, sums } = await readManifest(path);
  let done = 0;
  for (const [name, sum] of sums) {
    const file = join(path, name);
    const there = await lstat(file).catch(() => undefined);
    if (!there?.isFile()) throw refused(path, `${name} is missing`);
    if ((await hashFile(file)) !== sum) throw refused(path, `${name} is not as it was written`);
    progress('Reading the backup', (done += there.size), manifest.bytes);
  }
  if (done !== manifest.bytes)
    throw refused(path, `its files have ${done} bytes instead of ${manifest.bytes}`);
  const hasDatabase = sums.has(databaseName);
  if (hasDatabase !== (manifest.contents === 'everything'))
    throw refused(path, hasDatabase ? `${databaseName} does not belong in it` : `${databaseName} is missing`);
  if (hasDatabase) verifyDatabase(path, manifest, progress);
  return { path, manifest, sums };
}

const databaseName = 'store/coursedock.db';

function verifyDatabase(path: string, manifest: Manifest, progress: Progress): void {
  const snapshot = SnapshotFile.open(join(path, databaseName));
  try {
    const [finding] = snapshot.check((step) => progress(`Checking the database (${step})`));
    if (finding) throw refused(path, `${databaseName} is damaged (${finding})`);
    if (inOrder(snapshot.counts()) !== inOrder(manifest.collections))
      throw refused(path, `${databaseName} does not hold what manifest.json says`);
  } finally {
    snapshot.close();
  }
}

function inOrder(counts: CollectionCount[]): string {
  return counts
    .map(({ db, name, documents, indexes }) => JSON.stringify([db, name, documents, indexes]))
    .sort()
    .join('\n');
}
