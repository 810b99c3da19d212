import { Catalog } from './catalog.ts';
import { Cursors } from './cursors.ts';
import { openDatabase, type Database } from './database.ts';
import { Documents } from './documents.ts';
import { Snapshots } from './snapshots.ts';
import { StoreDamaged } from '../faults/trouble.ts';

/** Everything commands work on. */
export type Store = {
  sqlite: Database;
  catalog: Catalog;
  documents: Documents;
  cursors: Cursors;
  snapshots: Snapshots;
  now: () => Date;
};

/** @throws FileInUse, StoreDamaged */
export function openStore(dir: string, options?: { flush?: boolean }): Store {
  const sqlite = openDatabase(dir, options);
  const catalog = openCatalog(sqlite);
  return {
    sqlite,
    catalog,
    documents: new Documents(sqlite, catalog),
    cursors: new Cursors(),
    snapshots: new Snapshots(sqlite),
    now: () => new Date(),
  };
}

function openCatalog(sqlite: Database): Catalog {
  try {
    return new Catalog(sqlite);
  } catch (error) {
    sqlite.close();
    const finding = `the list of its collections cannot be read (${(error as Error).message})`;
    throw StoreDamaged.in(sqlite.name, finding, { cause: error });
  }
}
