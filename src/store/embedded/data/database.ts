import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { isDamage, StoreDamaged, StoreTrouble } from '../faults/trouble.ts';

export type Database = Sqlite.Database;

/** Grows when the layout of the file changes; a newer file is refused rather than misread. */
const format = 1;
const applicationId = 0x434f5552; // "COUR"

/** Another process has the file open. */
export class FileInUse extends Error {
  override name = 'FileInUse';
}

/**
 * Opens (or makes) `dir/coursedock.db` for this process alone: SQLite's exclusive lock is the operating system's, so it
 * goes when the process goes, however it goes. Every commit is flushed to the disk unless `flush` is false.
 * @throws FileInUse when another connection has it; Error with a sentence when it is no file of ours or damaged.
 */
export function openDatabase(dir: string, { flush = true } = {}): Database {
  const path = join(dir, 'coursedock.db');
  const isNew = !existsSync(path);
  const db = openFile(dir, path);
  try {
    if (isNew) chmodSync(path, 0o600);
    db.pragma('locking_mode = EXCLUSIVE'); // before the first read: WAL then needs no shared memory either
    const id = db.pragma('application_id', { simple: true });
    const version = Number(db.pragma('user_version', { simple: true }));
    if (id !== applicationId && !isEmpty(db))
      throw new StoreTrouble(`${path} is a database, but not one of this store`);
    if (version > format) {
      throw new StoreTrouble(
        `${path} was written by a newer version (format ${version}; this one reads up to ${format})`,
      );
    }
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${flush ? 'FULL' : 'NORMAL'}`);
    db.pragma('cache_size = -16000'); // more makes no difference: the operating system has the file's pages in memory already
    db.pragma('temp_store = MEMORY');
    db.pragma('journal_size_limit = 67108864');
    db.exec('BEGIN EXCLUSIVE');
    if (version === 0) {
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${format}`);
      db.exec(`
        CREATE TABLE collections (id INTEGER PRIMARY KEY, db TEXT NOT NULL, name TEXT NOT NULL, uuid BLOB NOT NULL,
          options BLOB NOT NULL, UNIQUE (db, name)) STRICT;
        CREATE TABLE indexes (id INTEGER PRIMARY KEY, collection INTEGER NOT NULL REFERENCES collections, name TEXT NOT NULL,
          spec BLOB NOT NULL, multikey INTEGER NOT NULL, UNIQUE (collection, name)) STRICT;
      `);
    }
    db.exec('COMMIT');
    return db;
  } catch (error) {
    db.close();
    const { code = '' } = error as { code?: string };
    if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED')
      throw new FileInUse(`${path} is in use`, { cause: error });
    if (isDamage(code)) throw StoreDamaged.in(path, (error as Error).message, { cause: error });
    if (/^SQLITE_(CANTOPEN|READONLY|PERM|IOERR|FULL)/.test(code)) throw unusable(path, error);
    throw error;
  }
}

function openFile(dir: string, path: string): Database {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new Sqlite(path, { timeout: 0 });
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): StoreTrouble {
  return new StoreTrouble(
    `${path} cannot be opened (${(error as Error).message}). It has to be a file, in a folder where this user may write and ` +
      'where there is room; nothing was changed',
    { cause: error },
  );
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

/** Is this a file of this store, in a format that this version reads? */
export function isStoreFile(db: Database): boolean {
  const version = Number(db.pragma('user_version', { simple: true }));
  return db.pragma('application_id', { simple: true }) === applicationId && version >= 1 && version <= format;
}
