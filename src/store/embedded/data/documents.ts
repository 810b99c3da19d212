import type { Statement } from 'better-sqlite3';
import type { Catalog, Collection, Index } from './catalog.ts';
import type { Database } from './database.ts';
import { StoreError } from '../faults/errors.ts';
import { keysOf, type DocumentKeys } from '../values/index-keys.ts';
import { keyOf } from '../values/keys.ts';
import { Elements, fieldOf, idName, valueOf, type RawValue } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';

export type Row = { rid: number; doc: Buffer };

/** Documents with their index entries: the one place that writes either. Whatever can be refused is refused before the first byte. */
export class Documents {
  readonly sqlite: Database;
  readonly #catalog: Catalog;
  readonly #tables = new WeakMap<Collection, TableStatements>();
  readonly #indexes = new WeakMap<Index, IndexStatements>();

  constructor(sqlite: Database, catalog: Catalog) {
    this.sqlite = sqlite;
    this.#catalog = catalog;
  }

  /** Stores a new document, whose `_id` is there. @throws 11000 */
  insert(collection: Collection, doc: Buffer): void {
    const id = keyOf(fieldOf(doc, 0, idName)!);
    const entries = this.#entries(collection, doc);
    for (const { index, found } of entries) this.#refuseTaken(collection, index, found, found.keys, id);
    const { changes, lastInsertRowid } = this.#table(collection).insert.run(id, doc);
    if (!changes) throw this.#duplicateId(collection, doc);
    const rid = Number(lastInsertRowid);
    for (const { index, found } of entries) {
      if (found.multikey && !index.multikey) this.#catalog.setMultikey(index);
      for (const key of found.keys) this.#index(index).insert.run(key, rid);
    }
  }

  /** Puts `doc`, of the same `_id`, in the place of `before`. @throws 11000 */
  replace(collection: Collection, rid: number, before: Buffer, doc: Buffer): void {
    const changed = changedFields(before, doc);
    const touched = collection.indexes.filter(
      (index) => !index.primary && (index.partial || [...index.roots].some((root) => changed.has(root))),
    );
    const moves = touched.map((index) => {
      const found = this.#entriesOf(index, doc);
      const old = new Map(this.#entriesOf(index, before).keys.map((key) => [key.toString('latin1'), key]));
      const added = found.keys.filter((key) => !old.delete(key.toString('latin1')));
      return { index, found, added, removed: [...old.values()] };
    });
    for (const { index, found, added } of moves) this.#refuseTaken(collection, index, found, added);
    this.#table(collection).update.run(doc, rid);
    for (const { index, found, added, removed } of moves) {
      if (found.multikey && !index.multikey) this.#catalog.setMultikey(index);
      const statements = this.#index(index);
      for (const key of removed) statements.remove.run(key, rid);
      for (const key of added) statements.insert.run(key, rid);
    }
  }

  remove(collection: Collection, { rid, doc }: Row): void {
    for (const { index, found } of this.#entries(collection, doc)) {
      for (const key of found.keys) this.#index(index).remove.run(key, rid);
    }
    this.#table(collection).remove.run(rid);
  }

  /** The document by its place, if it is still there. */
  at(collection: Collection, rid: number): Buffer | undefined {
    return this.#table(collection).at.get(rid) as Buffer | undefined;
  }

  /** Fills a new index from the documents that are there. @throws 11000 */
  fill(collection: Collection, index: Index, rows: Iterable<Row>): void {
    for (const { rid, doc } of rows) {
      const found = this.#entriesOf(index, doc);
      this.#refuseTaken(collection, index, found, found.keys);
      if (found.multikey && !index.multikey) this.#catalog.setMultikey(index);
      for (const key of found.keys) this.#index(index).insert.run(key, rid);
    }
  }

  /** The keys under which a document has to stand in an index. */
  keysIn(index: Index, doc: Buffer): Buffer[] {
    return this.#entriesOf(index, doc).keys;
  }

  count(collection: Collection): number {
    return this.#table(collection).count.get() as number;
  }

  #entries(collection: Collection, doc: Buffer): { index: Index; found: DocumentKeys }[] {
    const entries: { index: Index; found: DocumentKeys }[] = [];
    for (const index of collection.indexes) {
      if (!index.primary) entries.push({ index, found: this.#entriesOf(index, doc) });
    }
    return entries;
  }

  #entriesOf(index: Index, doc: Buffer): DocumentKeys {
    if (index.partial && !index.partial.test(doc)) return none;
    const found = keysOf(doc, index.fields);
    return index.sparse && found.absent ? none : found;
  }

  #refuseTaken(collection: Collection, index: Index, found: DocumentKeys, keys: Buffer[], id?: Buffer): void {
    if (!index.unique) return;
    const { taken } = this.#index(index);
    for (const key of keys) {
      if (taken.get(key) === undefined) continue;
      if (id && this.#table(collection).hasId.get(id) !== undefined) return; // `_id` is the first to be complained of
      throw duplicate(collection, index, found.values[found.keys.indexOf(key)]!);
    }
  }

  #duplicateId(collection: Collection, doc: Buffer): StoreError {
    return duplicate(collection, collection.indexes[0]!, [fieldOf(doc, 0, idName)!]);
  }

  #table(collection: Collection): TableStatements {
    let statements = this.#tables.get(collection);
    if (!statements) {
      const table = `d${collection.id}`;
      statements = {
        insert: this.sqlite.prepare(`INSERT INTO ${table} (id, doc) VALUES (?, ?) ON CONFLICT DO NOTHING`),
        update: this.sqlite.prepare(`UPDATE ${table} SET doc = ? WHERE rid = ?`),
        remove: this.sqlite.prepare(`DELETE FROM ${table} WHERE rid = ?`),
        at: this.sqlite.prepare(`SELECT doc FROM ${table} WHERE rid = ?`).pluck(),
        hasId: this.sqlite.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).pluck(),
        count: this.sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck(),
      };
      this.#tables.set(collection, statements);
    }
    return statements;
  }

  #index(index: Index): IndexStatements {
    let statements = this.#indexes.get(index);
    if (!statements) {
      const table = `i${index.id}`;
      statements = {
        insert: this.sqlite.prepare(`INSERT INTO ${table} (key, rid) VALUES (?, ?)`),
        remove: this.sqlite.prepare(`DELETE FROM ${table} WHERE key = ? AND rid = ?`),
        taken: this.sqlite.prepare(`SELECT rid FROM ${table} WHERE key = ? LIMIT 1`).pluck(),
      };
      this.#indexes.set(index, statements);
    }
    return statements;
  }
}

type TableStatements = Record<'insert' | 'update' | 'remove' | 'at' | 'hasId' | 'count', Statement>;
type IndexStatements = Record<'insert' | 'remove' | 'taken', Statement>;

const none: DocumentKeys = { keys: [], values: [], multikey: false, absent: true };

/** The names of the top-level fields whose bytes differ. */
function changedFields(before: Buffer, after: Buffer): Set<string> {
  const old = new Map<string, Buffer>();
  const element = new Elements(before);
  while (element.next()) old.set(element.name, before.subarray(element.start, element.end));
  const changed = new Set<string>();
  const now = new Elements(after);
  while (now.next()) {
    const { name } = now;
    if (!old.get(name)?.equals(after.subarray(now.start, now.end))) changed.add(name);
    old.delete(name);
  }
  for (const name of old.keys()) changed.add(name);
  return changed;
}

function duplicate(collection: Collection, index: Index, values: RawValue[]): StoreError {
  const keyValue = Object.fromEntries(index.fields.map(({ path }, i) => [path, valueOf(values[i]!) ?? null]));
  return new StoreError(
    11000,
    `E11000 duplicate key error collection: ${collection.ns} index: ${index.name} dup key: ${shellText(keyValue)}`,
    { keyPattern: index.spec['key'], keyValue },
  );
}
