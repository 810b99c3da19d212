import { statSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import type { Database } from './database.ts';
import { StoreError } from '../faults/errors.ts';

export type SnapshotState = { pages: number; of: number; done: boolean; failed?: string };

/** 1 MiB at a time: commands have their turn in between, some milliseconds later than otherwise. */
const pagesAtOnce = 256;
/** Whoever wanted the snapshot and does not ask for it any more is gone. */
const forgottenMs = 60_000;

/**
 * Copies of the database as it is at the moment the copy is finished, made page by page while it goes on being written:
 * what changes behind the copier's back is copied again by SQLite itself. https://sqlite.org/backup.html
 */
export class Snapshots {
  readonly #sqlite: Database;
  #state: SnapshotState | undefined;
  #askedAt = 0;

  constructor(sqlite: Database) {
    this.#sqlite = sqlite;
  }

  /** Starts to write one to `path`, whose folder exists and which does not. @throws 2, 117 */
  start(path: unknown): void {
    if (typeof path !== 'string' || !isAbsolute(path) || !basename(path).endsWith('.db'))
      throw new StoreError(2, 'A snapshot is written to an absolute path that ends with .db');
    if (statSync(path, { throwIfNoEntry: false })) throw new StoreError(2, `${path} exists already`);
    if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
      throw new StoreError(2, `There is no folder ${dirname(path)}`);
    if (dirname(path) === dirname(this.#sqlite.name))
      throw new StoreError(2, 'A snapshot does not go where the store itself is');
    if (this.#state && !this.#state.done && !this.#state.failed)
      throw new StoreError(117, 'Another snapshot is being written');
    void this.#write(path);
  }

  /** How far the last one is. @throws 2 when there was none */
  state(): SnapshotState {
    if (!this.#state) throw new StoreError(2, 'No snapshot was asked for');
    this.#askedAt = performance.now();
    return this.#state;
  }

  async #write(path: string): Promise<void> {
    const state: SnapshotState = (this.#state = { pages: 0, of: 0, done: false });
    this.#askedAt = performance.now();
    try {
      await this.#sqlite.backup(path, {
        progress: ({ totalPages, remainingPages }) => {
          if (performance.now() - this.#askedAt > forgottenMs)
            throw new Error('Nobody waits for it any more');
          Object.assign(state, { pages: totalPages - remainingPages, of: totalPages });
          return pagesAtOnce;
        },
      });
      state.done = true;
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      state.failed = code === 'SQLITE_FULL' ? 'The disk is full' : `${message}${code ? ` (${code})` : ''}`;
    }
  }
}
