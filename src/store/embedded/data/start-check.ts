/**
 * What is looked at whenever the files are opened. It must not hold up a start, so it grows with the size of the file only
 * where that is known to be short; every backup checks everything (check.ts), on its copy, beside the running server.
 *
 * Measured on a file of 1 GB in the page cache: quick_check 0.7–1.2 s, integrity_check 1.5 s; from a slow disk it is the time
 * to read the file. Hence quick_check always up to 16 MB (some 20 ms), and after a stop that was none up to 512 MB (half a
 * second). SQLite's log needs no check after a crash: this is for disks that lie.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';
import type { Store } from './store.ts';
import { isDamage, StoreDamaged } from '../faults/trouble.ts';

const megabyte = 1024 * 1024;
const always = 16 * megabyte;
const afterCrash = 512 * megabyte;

/** Did the last owner end without closing the file? (A clean close empties and removes the log.) Ask before opening. */
export function wasLeftOpen(dir: string): boolean {
  return (statSync(join(dir, 'coursedock.db-wal'), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** @throws StoreDamaged */
export function checkAtStart({ sqlite, catalog }: Store, wasOpen: boolean): void {
  const fault = reading(sqlite, () => {
    const tables = new Set(sqlite.prepare('SELECT name FROM sqlite_schema').pluck().all());
    for (const { ns, id, indexes } of catalog.all()) {
      if (!tables.has(`d${id}`)) return `the documents of ${ns} are missing`;
      for (const index of indexes)
        if (!index.primary && !tables.has(`i${index.id}`))
          return `the index ${index.name} of ${ns} is missing`;
    }
    const size =
      Number(sqlite.pragma('page_count', { simple: true })) *
      Number(sqlite.pragma('page_size', { simple: true }));
    if (size > (wasOpen ? afterCrash : always)) return undefined;
    const found = String(sqlite.pragma('quick_check(1)', { simple: true }));
    return found === 'ok' ? undefined : found;
  });
  if (fault) throw StoreDamaged.in(sqlite.name, fault);
}

function reading(sqlite: Database, look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (isDamage(code)) throw StoreDamaged.in(sqlite.name, message, { cause: error });
    throw error;
  }
}
