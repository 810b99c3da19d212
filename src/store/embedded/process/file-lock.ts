import Sqlite from 'better-sqlite3';

/**
 * A lock that many may share or one may have alone, and that ends with its process however that ends. SQLite's locks
 * are the operating system's on every platform, where Node has none of its own.
 */
export class FileLock {
  readonly #db: Sqlite.Database;

  private constructor(db: Sqlite.Database) {
    this.#db = db;
  }

  /** Undefined while somebody has it alone. The file is made where it is missing; nothing is ever in it. */
  static shared(path: string): FileLock | undefined {
    return FileLock.#take(path, 'BEGIN; SELECT count(*) FROM sqlite_schema');
  }

  /** Undefined while anybody has it. */
  static alone(path: string): FileLock | undefined {
    return FileLock.#take(path, 'BEGIN EXCLUSIVE');
  }

  static #take(path: string, how: string): FileLock | undefined {
    const db = new Sqlite(path, { timeout: 0 });
    try {
      db.exec(how);
      return new FileLock(db);
    } catch (error) {
      db.close();
      if (/^SQLITE_(BUSY|LOCKED)/.test(String((error as { code?: string }).code))) return undefined;
      throw error;
    }
  }

  release(): void {
    this.#db.close();
  }
}
