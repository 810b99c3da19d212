import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Entry } from 'yauzl';
import { AppError } from '../web/errors.ts';
import { t } from '../web/text.ts';
import type { Archive } from './archive.ts';

/** Writes files of an archive to a folder, under the paths given (checked by checkNames), one at a time. */
export async function unpack(
  archive: Pick<Archive, 'pipe'>,
  files: { path: string; entry: Entry }[],
  folder: string,
): Promise<void> {
  const made = new Set<string>();
  for (const { path, entry } of files) {
    const target = join(folder, path);
    if (!target.startsWith(folder + sep)) throw new Error(`Path leads out of the package: ${path}`);
    const home = dirname(target);
    try {
      if (!made.has(home)) await mkdir(home, { recursive: true });
      made.add(home);
      await archive.pipe(entry, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new AppError(507, 'disk-full', t('packages.diskFull'), {
        detail: t('packages.diskFull.detail'),
        cause: error,
      });
    }
  }
}
