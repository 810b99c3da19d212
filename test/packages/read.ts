import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openArchive } from '../../src/packages/archive.ts';
import { InvalidPackage } from '../../src/packages/errors.ts';
import { limitsOf, type Limits } from '../../src/packages/limits.ts';
import { readPackage, type Package } from '../../src/packages/read-package.ts';
import { leavesOf, type ActivityDefinition } from '../../src/scorm/course.ts';

export const limits: Limits = limitsOf({ maxUploadBytes: 2048 * 1024 * 1024 });

/** What the importer makes of a ZIP: a package, or faults. Any other error is thrown. */
export async function readZip(
  zip: Buffer | string,
  within: Limits = limits,
): Promise<{ read: Package; faults?: undefined } | { read?: undefined; faults: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'coursedock-zip-'));
  const path = join(folder, 'upload.zip');
  try {
    await writeFile(path, zip);
    return await readZipFile(path, within);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function readZipFile(path: string, within: Limits = limits) {
  try {
    const archive = await openArchive(path, within);
    try {
      return { read: await readPackage(archive, 'the file name', within) };
    } finally {
      archive.close();
    }
  } catch (error) {
    if (error instanceof InvalidPackage) return { faults: error.faults ?? [] };
    throw error;
  }
}

/** The launch addresses of a course, in order. */
export function hrefs(read: Package | undefined): (string | undefined)[] {
  return read ? openable(read.definition.root).map((leaf) => leaf.href) : [];
}

export function openable(root: ActivityDefinition): ActivityDefinition[] {
  return leavesOf(root).filter((leaf) => leaf.kind !== 'cluster');
}
