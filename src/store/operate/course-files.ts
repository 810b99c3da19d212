import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotFile } from '../embedded/data/snapshot-file.ts';
import { filesUnder } from './folder.ts';

/** What the database says of the files of a version (packages/course.model.ts). */
export type VersionFiles = { id: string; fileCount: number; bytes: number };

/** The versions in a snapshot: their files are what a backup needs, whatever else lies in the folder. */
export function versionsIn(snapshot: SnapshotFile): VersionFiles[] {
  return [...snapshot.documents('coursedock', 'versions')].map((version) => ({
    id: String(version['_id']),
    fileCount: Number(version['fileCount']),
    bytes: Number(version['bytes']),
  }));
}

/** The files of one version under DATA_DIR, and what is wrong with them. */
export async function readVersion(
  dataDir: string,
  { id, fileCount, bytes }: VersionFiles,
): Promise<{ files: { path: string; bytes: number }[]; finding?: string }> {
  const home = `files/versions/${id}`;
  const files: { path: string; bytes: number }[] = [];
  try {
    for await (const path of filesUnder(join(dataDir, home)))
      files.push({ path: `${home}/${path}`, bytes: (await stat(join(dataDir, home, path))).size });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { files, finding: `Version ${id} has no files: ${home} is missing` };
  }
  const there = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length === fileCount && there === bytes) return { files };
  const finding = `Version ${id} should have ${fileCount} files with ${bytes} bytes, but ${home} has ${files.length} with ${there}`;
  return { files, finding };
}
