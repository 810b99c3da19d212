import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileStore, StoredFile } from './files.ts';

/** Course files on this machine's disk: `<dir>/versions/<version>/…`, unpacked under `<dir>/staging`. */
export class DiskFiles implements FileStore {
  readonly #versions: string;
  readonly #staging: string;

  private constructor(dir: string) {
    this.#versions = join(dir, 'versions');
    this.#staging = join(dir, 'staging');
  }

  /**
   * Opens the folder and clears what interrupted uploads left in staging: all of it when no other process works on this
   * folder, otherwise what is more than a day old.
   */
  static async open(dir: string, { isAlone = false } = {}): Promise<DiskFiles> {
    const files = new DiskFiles(dir);
    await mkdir(files.#versions, { recursive: true });
    await mkdir(files.#staging, { recursive: true });
    await files.#clearStaging(isAlone ? Infinity : Date.now() - 24 * 3600 * 1000);
    return files;
  }

  async stage() {
    const path = await mkdtemp(join(this.#staging, 'u-'));
    return { path, discard: () => rm(path, { recursive: true, force: true }) };
  }

  async keep(version: string, stagedPath: string): Promise<void> {
    const home = this.#home(version);
    if (await stat(home).catch(() => undefined)) throw new Error(`Version ${version} has its files already`);
    await syncTree(stagedPath);
    await rename(stagedPath, home);
    await syncFolder(this.#versions);
  }

  async find(version: string, path: string): Promise<StoredFile | undefined> {
    if (path.includes('\0') || path.includes('\\')) return undefined;
    const home = this.#home(version);
    const file = join(home, path);
    if (!file.startsWith(home + sep)) return undefined;
    const [real, info] = await Promise.all([realpath(file), stat(file)]).catch(() => []);
    if (!real || !info?.isFile() || !real.startsWith((await realpath(home)) + sep)) return undefined;
    return { size: info.size, modified: info.mtime, stream: (range) => createReadStream(file, range) };
  }

  /** Out of sight at once, then gone: half a version never looks like one. */
  async remove(version: string): Promise<void> {
    const { path, discard } = await this.stage();
    try {
      await rename(this.#home(version), join(path, version));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    } finally {
      await discard();
    }
  }

  #home(version: string): string {
    if (!/^[a-z0-9_-]+$/.test(version)) throw new Error(`Not a version: ${version}`);
    return join(this.#versions, version);
  }

  async #clearStaging(before: number): Promise<void> {
    for (const name of await readdir(this.#staging)) {
      const path = join(this.#staging, name);
      const info = await stat(path).catch(() => undefined);
      if (info && info.mtimeMs < before) await rm(path, { recursive: true, force: true });
    }
  }
}

/** Makes a rename survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  await sync(path).catch(() => undefined); // some systems do not open folders
}

/** Flushes files and folders to the disk: a version is never acknowledged with less than all of its bytes. */
async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await syncTree(inner);
    else if (entry.isFile()) await sync(inner);
  }
  await syncFolder(path);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
