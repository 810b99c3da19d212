import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SnapshotFile, type CollectionCount } from '../embedded/data/snapshot-file.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import type { Settings } from './backup.ts';
import { readVersion, versionsIn } from './course-files.ts';
import { checkRoom, exists } from './folder.ts';
import type { Progress } from './progress.ts';
import { writeSnapshot } from './snapshot.ts';

export type Checked = { findings: string[]; collections: CollectionCount[]; versions: number };

/**
 * Looks at everything in the store: at SQLite's pages, at every document and index entry, at the files of every course
 * version. It reads a copy, made for it in DATA_DIR, so that a server that runs goes on undisturbed.
 * @throws StoreTrouble
 */
export async function checkStore(
  { dataDir, mongodbUrl }: Settings,
  progress: Progress = () => {},
): Promise<Checked> {
  if (mongodbUrl)
    throw new StoreTrouble(
      'MONGODB_URL is set: the database is checked by its own tools (the validate command). This command checks the embedded store.',
    );
  const source = join(dataDir, 'store/coursedock.db');
  if (await exists(source)) await checkRoom(dataDir, (await stat(source)).size);
  const dir = (await exists(dataDir)) ? await mkdtemp(join(dataDir, 'check-')) : dataDir;
  try {
    const path = join(dir, 'snapshot.db');
    await writeSnapshot(dataDir, path, progress);
    SnapshotFile.seal(path);
    const snapshot = SnapshotFile.open(path);
    try {
      const findings = snapshot.check((step) => progress(`Checking the database (${step})`));
      if (findings.length) return { findings, collections: [], versions: 0 };
      const versions = versionsIn(snapshot);
      for (const version of versions) {
        const { finding } = await readVersion(dataDir, version);
        if (finding) findings.push(finding);
        progress('Checking course files');
      }
      return { findings, collections: snapshot.counts(), versions: versions.length };
    } finally {
      snapshot.close();
    }
  } finally {
    if (dir !== dataDir) await rm(dir, { recursive: true, force: true });
  }
}
