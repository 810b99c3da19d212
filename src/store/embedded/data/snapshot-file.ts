import { statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import Sqlite from 'better-sqlite3';
import { Catalog, type Collection, type Index } from './catalog.ts';
import { isStoreFile } from './database.ts';
import { Documents } from './documents.ts';
import { keyOf } from '../values/keys.ts';
import { checkDocument, fieldOf, idName, parse } from '../values/raw.ts';
import { StoreTrouble } from '../faults/trouble.ts';

export type CollectionCount = { db: string; name: string; documents: number; indexes: number };

/** A copy of the database that nobody writes to: a snapshot. */
export class SnapshotFile {
  readonly #sqlite: Sqlite.Database;
  readonly #catalog: Catalog;
  readonly #path: string;

  private constructor(path: string, sqlite: Sqlite.Database) {
    this.#path = path;
    this.#sqlite = sqlite;
    this.#catalog = new Catalog(sqlite);
  }

  /** Makes one file of a snapshot as it was written (SQLite's log beside it is no longer needed), so that it can be read from anywhere. */
  static seal(path: string): void {
    const sqlite = new Sqlite(path, { fileMustExist: true });
    try {
      sqlite.pragma('journal_mode = DELETE');
    } finally {
      sqlite.close();
    }
  }

  /** @throws StoreTrouble */
  static open(path: string): SnapshotFile {
    let sqlite: Sqlite.Database | undefined;
    try {
      sqlite = new Sqlite(path, { readonly: true, fileMustExist: true });
      if (!isStoreFile(sqlite))
        throw new StoreTrouble('it is not a database of this store, or of a newer version');
      return new SnapshotFile(path, sqlite);
    } catch (error) {
      sqlite?.close();
      throw new StoreTrouble(`${path} cannot be used: ${(error as Error).message}`, { cause: error });
    }
  }

  close(): void {
    this.#sqlite.close();
  }

  get bytes(): number {
    return statSync(this.#path).size;
  }

  counts(): CollectionCount[] {
    const documents = new Documents(this.#sqlite, this.#catalog);
    return this.#catalog.all().map((collection) => ({
      db: collection.db,
      name: collection.name,
      documents: documents.count(collection),
      indexes: collection.indexes.length,
    }));
  }

  /** The documents of a collection, parsed; none when it is not there. */
  *documents(db: string, name: string): Generator<Record<string, unknown>> {
    const collection = this.#catalog.find(db, name);
    if (!collection) return;
    for (const doc of this.#sqlite.prepare<[], Buffer>(`SELECT doc FROM d${collection.id}`).pluck().iterate())
      yield parse(doc);
  }

  /**
   * Everything that can be wrong with the file, as sentences; none: it is sound. SQLite looks at its pages and trees, we at
   * every document: is it BSON, does it stand under its `_id`, and do the indexes have its keys and nothing else?
   */
  check(progress: (step: string) => void = () => {}): string[] {
    progress('pages');
    const pages = this.#sqlite.prepare('PRAGMA integrity_check(10)').pluck().all().map(String);
    if (pages.join() !== 'ok') return pages.map((finding) => `SQLite: ${finding}`);
    return this.#catalog.all().flatMap((collection) => {
      progress(collection.ns);
      return this.#checkCollection(collection);
    });
  }

  #checkCollection(collection: Collection): string[] {
    const { ns, id } = collection;
    const documents = new Documents(this.#sqlite, this.#catalog);
    const indexes = collection.indexes.filter(({ primary }) => !primary);
    const wanted = indexes.map(() => new EntrySum());
    const findings: string[] = [];
    type Row = { rid: number; id: Buffer; doc: Buffer };
    for (const row of this.#sqlite.prepare<[], Row>(`SELECT rid, id, doc FROM d${id}`).iterate()) {
      try {
        checkDocument(row.doc);
        const own = fieldOf(row.doc, 0, idName);
        if (!own || !keyOf(own).equals(row.id)) throw new Error('it stands under another _id than its own');
        indexes.forEach((index, i) => {
          for (const key of documents.keysIn(index, row.doc)) wanted[i]!.add(key, row.rid);
        });
      } catch (error) {
        findings.push(`${ns}: the document at place ${row.rid}: ${(error as Error).message}`);
        if (findings.length >= 10) return findings;
      }
    }
    return [...findings, ...indexes.flatMap((index, i) => this.#checkIndex(ns, index, wanted[i]!))];
  }

  #checkIndex(ns: string, index: Index, wanted: EntrySum): string[] {
    const there = new EntrySum();
    type Row = { key: Buffer; rid: number };
    for (const { key, rid } of this.#sqlite.prepare<[], Row>(`SELECT key, rid FROM i${index.id}`).iterate())
      there.add(key, rid);
    return there.equals(wanted)
      ? []
      : [
          `${ns}: the index ${index.name} does not fit the documents (${there.count} entries, ${wanted.count} expected)`,
        ];
  }
}

/** Tells whether two heaps of index entries are the same, in whatever order they come. */
class EntrySum {
  count = 0;
  #sum = 0;

  add(key: Buffer, rid: number): void {
    this.count++;
    this.#sum = (this.#sum + crc32(key, rid >>> 0) * 4096 + (rid % 4096)) % 2 ** 52;
  }

  equals(other: EntrySum): boolean {
    return this.count === other.count && this.#sum === other.#sum;
  }
}
