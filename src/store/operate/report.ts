/** What the commands of whoever runs the server say when they are done. */
import type { Backup } from './backup.ts';
import type { Checked } from './check.ts';
import type { Moved } from './copy-collection.ts';
import { inWords } from './folder.ts';
import type { Restored } from './restore.ts';

export function backupReport({ path, manifest, notes }: Backup): string {
  const { contents, collections, files, bytes, secret } = manifest;
  return lines(
    contents === 'everything'
      ? `Backup ${path}: ${documentsIn(collections)}, ${files} files, ${inWords(bytes)}, verified.`
      : `Backup ${path}: the course files alone (${files} files, ${inWords(bytes)}), verified.`,
    contents === 'files' &&
      'MONGODB_URL is set: back up the database with mongodump, before you back up the files.',
    secret === 'file' && 'It holds the secret of this installation: keep it where nobody else can read it.',
    secret === 'environment' && 'SECRET is set in the environment and not in the backup: keep it, too.',
    ...notes.map((note) => `Note: ${note}`),
  );
}

export function restoreReport({ manifest, aside, notes }: Restored): string {
  const { createdAt, contents, collections, files } = manifest;
  const what = contents === 'everything' ? `${documentsIn(collections)}, ${files} files` : `${files} files`;
  return lines(
    `Restored the backup of ${createdAt}: ${what}.`,
    aside &&
      `What was there before is in ${aside}. Put it back: npx coursedock restore --undo. Remove it when all is well.`,
    ...notes.map((note) => `Note: ${note}`),
    'Start the server now.',
  );
}

export function undoReport({ from, aside }: { from: string; aside: string }): string {
  return lines(`Put back what was in ${from}.`, `What had replaced it is in ${aside}.`);
}

export function checkReport({ collections, versions }: Checked): string {
  return `All is well: ${documentsIn(collections)}, the files of ${versions} course versions.`;
}

export function moveReport(moved: Moved[], dataDir: string): string {
  const cells = moved.map(({ name, documents, indexes, bytes, checksum, kind }) => [
    name,
    String(documents),
    String(indexes),
    kind ?? inWords(bytes ?? 0),
    checksum?.slice(0, 16) ?? '',
  ]);
  return lines(
    ...table([['collection', 'documents', 'indexes', 'size', 'checksum'], ...cells]),
    '',
    'Every collection was read again there and is the same, byte for byte. The embedded store was left as it is.',
    'Next: set MONGODB_URL to the new address and start the server.',
    `Course files and the secret stay in ${dataDir}: keep DATA_DIR as it is, and go on backing it up (npx coursedock backup).`,
  );
}

function documentsIn(collections: { documents: number }[]): string {
  return `${collections.reduce((sum, { documents }) => sum + documents, 0)} documents in ${collections.length} collections`;
}

function table(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (column: number) => column === 1 || column === 2;
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  );
}

function lines(...texts: (string | false | undefined)[]): string {
  return texts.filter((text) => text !== false && text !== undefined).join('\n');
}
