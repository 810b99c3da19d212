import { Catalog } from './catalog.ts';
import { Cursors } from './cursors.ts';
import { openDatabase, type Database } from './database.ts';
import { Documents } from './documents.ts';

/** Everything commands work on. */
export type Store = {
  sqlite: Database;
  catalog: Catalog;
  documents: Documents;
  cursors: Cursors;
  now: () => Date;
};

export function openStore(dir: string, options?: { flush?: boolean }): Store {
  const sqlite = openDatabase(dir, options);
  const catalog = new Catalog(sqlite);
  return {
    sqlite,
    catalog,
    documents: new Documents(sqlite, catalog),
    cursors: new Cursors(),
    now: () => new Date(),
  };
}
