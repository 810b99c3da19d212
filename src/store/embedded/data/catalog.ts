import { randomBytes } from 'node:crypto';
import { Binary, type Document } from 'bson';
import { readCollation, type Collation } from '../values/collation.ts';
import type { Database } from './database.ts';
import { StoreError } from '../faults/errors.ts';
import { compileFilter, type Filter } from '../query/filter.ts';
import { keyField, type KeyField } from '../values/index-keys.ts';
import { parse, write } from '../values/raw.ts';

export type Index = {
  id: number;
  name: string;
  /** As it was asked for, with `v` and `name`: what listIndexes answers. */
  spec: Document;
  fields: KeyField[];
  /** The first parts of the paths: a change elsewhere leaves the index alone. */
  roots: Set<string>;
  unique: boolean;
  sparse: boolean;
  partial?: { filter: Document; test: Filter };
  /** Seconds after which a document goes, counted from the date in the indexed field. */
  expireAfter?: number;
  /** Some document has several keys in it. Never false again once true. */
  multikey: boolean;
  /** `_id_`: its keys stand in the documents' own table. */
  primary: boolean;
  /** Kept up to date, but not read along. */
  hidden: boolean;
  /** How its texts compare: such an index tells what is equal, and nothing of order. */
  collation?: Collation;
};

export type Collection = {
  id: number;
  db: string;
  name: string;
  /** `db.name`. */
  ns: string;
  uuid: Binary;
  /** As it was asked for: what listCollections answers. */
  options: Document;
  /** `_id_` first. */
  indexes: Index[];
} & Rules;

/** What the options of a collection come to. */
type Rules = {
  /** How text compares where a command does not say. */
  collation?: Collation;
  /** What its documents have to match. */
  validator?: { filter: Document; test: Filter; moderate: boolean; warns: boolean };
  /** The oldest documents go when it grows past this many bytes or documents. */
  capped?: { size: number; max: number };
  /** It has no documents of its own: they come from a pipeline on another. */
  view?: { on: string; pipeline: Document[] };
};

/** The collections and their indexes: in memory to plan by, in SQLite to last. */
export class Catalog {
  readonly #sqlite: Database;
  #byNs = new Map<string, Collection>();

  constructor(sqlite: Database) {
    this.#sqlite = sqlite;
    this.reload();
  }

  /** Reads everything again: at start, and after a transaction was rolled back. */
  reload(): void {
    this.#byNs = new Map();
    type Row = { id: number; db: string; name: string; uuid: Buffer; options: Buffer };
    for (const row of this.#sqlite.prepare<[], Row>('SELECT * FROM collections').all()) {
      const uuid = new Binary(row.uuid, Binary.SUBTYPE_UUID);
      const collection = makeCollection(row.id, row.db, row.name, uuid, parse(row.options));
      type IndexRow = { id: number; spec: Buffer; multikey: number };
      const indexes = this.#sqlite
        .prepare<[number], IndexRow>(
          'SELECT id, spec, multikey FROM indexes WHERE collection = ? ORDER BY id',
        )
        .all(row.id);
      collection.indexes.push(
        ...indexes.map(({ id, spec, multikey }) => makeIndex(id, parse(spec), multikey === 1)),
      );
      this.#byNs.set(collection.ns, collection);
    }
  }

  find(db: string, name: string): Collection | undefined {
    return this.#byNs.get(`${db}.${name}`);
  }

  all(db?: string): Collection[] {
    return [...this.#byNs.values()].filter((collection) => db === undefined || collection.db === db);
  }

  findOrCreate(db: string, name: string): Collection {
    return this.find(db, name) ?? this.create(db, name, {});
  }

  create(db: string, name: string, options: Document): Collection {
    checkName(db, name);
    const uuid = randomBytes(16);
    const { lastInsertRowid } = this.#sqlite
      .prepare('INSERT INTO collections (db, name, uuid, options) VALUES (?, ?, ?, ?)')
      .run(db, name, uuid, write(options));
    const id = Number(lastInsertRowid);
    this.#sqlite.exec(
      `CREATE TABLE d${id} (rid INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, doc BLOB NOT NULL) STRICT`,
    );
    const collection = makeCollection(id, db, name, new Binary(uuid, Binary.SUBTYPE_UUID), options);
    this.#byNs.set(collection.ns, collection);
    return collection;
  }

  drop(collection: Collection): void {
    for (const index of collection.indexes) if (!index.primary) this.dropIndex(collection, index);
    this.#sqlite.exec(`DROP TABLE d${collection.id}`);
    this.#sqlite.prepare('DELETE FROM collections WHERE id = ?').run(collection.id);
    this.#byNs.delete(collection.ns);
  }

  /** Makes the empty index; the caller fills it. */
  createIndex(collection: Collection, spec: Document): Index {
    const { lastInsertRowid } = this.#sqlite
      .prepare('INSERT INTO indexes (collection, name, spec, multikey) VALUES (?, ?, ?, 0)')
      .run(collection.id, spec['name'], write(spec));
    const index = makeIndex(Number(lastInsertRowid), spec, false);
    this.#sqlite.exec(
      `CREATE TABLE i${index.id} (key BLOB NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (key, rid)) STRICT, WITHOUT ROWID`,
    );
    collection.indexes.push(index);
    return index;
  }

  dropIndex(collection: Collection, index: Index): void {
    this.#sqlite.exec(`DROP TABLE i${index.id}`);
    this.#sqlite.prepare('DELETE FROM indexes WHERE id = ?').run(index.id);
    collection.indexes = collection.indexes.filter((other) => other !== index);
  }

  /** @throws what the new options are refused with; they take the place of the old */
  setOptions(collection: Collection, options: Document): void {
    const rules = rulesOf(options);
    this.#sqlite
      .prepare('UPDATE collections SET options = ? WHERE id = ?')
      .run(write(options), collection.id);
    delete collection.validator;
    Object.assign(collection, { options, ...rules });
  }

  rename(collection: Collection, db: string, name: string): void {
    checkName(db, name);
    this.#sqlite.prepare('UPDATE collections SET db = ?, name = ? WHERE id = ?').run(db, name, collection.id);
    this.#byNs.delete(collection.ns);
    Object.assign(collection, { db, name, ns: `${db}.${name}` });
    this.#byNs.set(collection.ns, collection);
  }

  /** Puts other settings (`hidden`, `expireAfterSeconds`) in the place of an index's. */
  setSpec(index: Index, spec: Document): void {
    this.#sqlite.prepare('UPDATE indexes SET spec = ? WHERE id = ?').run(write(spec), index.id);
    Object.assign(index, { ...makeIndex(index.id, spec, index.multikey) });
  }

  setMultikey(index: Index): void {
    this.#sqlite.prepare('UPDATE indexes SET multikey = 1 WHERE id = ?').run(index.id);
    index.multikey = true;
  }
}

function makeCollection(id: number, db: string, name: string, uuid: Binary, options: Document): Collection {
  const primary = {
    ...makeIndex(0, { v: 2, key: { _id: 1 }, name: '_id_' }, false),
    primary: true,
    unique: true,
  };
  return { id, db, name, ns: `${db}.${name}`, uuid, options, indexes: [primary], ...rulesOf(options) };
}

function rulesOf(options: Document): Rules {
  const { validator, validationLevel, validationAction, capped, size, max, viewOn, pipeline } = options;
  const collation = readCollation(options['collation']);
  return {
    ...(collation ? { collation } : {}),
    ...(validator && Object.keys(validator as Document).length && validationLevel !== 'off'
      ? {
          validator: {
            filter: validator as Document,
            test: compileFilter(validator as Document, { collation }),
            moderate: validationLevel === 'moderate',
            warns: validationAction === 'warn',
          },
        }
      : {}),
    ...(capped ? { capped: { size: Number(size), max: Number(max ?? 0) || Infinity } } : {}),
    ...(viewOn ? { view: { on: String(viewOn), pipeline: (pipeline ?? []) as Document[] } } : {}),
  };
}

/** The index a specification describes, not yet anywhere. */
export function makeIndex(id: number, spec: Document, multikey: boolean): Index {
  const collation = readCollation(spec['collation']);
  const fields = Object.entries(spec['key'] as Document).map(([path, direction]) =>
    keyField(path, direction, collation),
  );
  const partial = spec['partialFilterExpression'] as Document | undefined;
  return {
    id,
    name: spec['name'],
    spec,
    fields,
    roots: new Set(fields.map(({ path }) => path.split('.')[0]!)),
    unique: Boolean(spec['unique']),
    sparse: Boolean(spec['sparse']),
    partial: partial && { filter: partial, test: compileFilter(partial) },
    expireAfter: spec['expireAfterSeconds'] === undefined ? undefined : Number(spec['expireAfterSeconds']),
    multikey,
    primary: false,
    hidden: Boolean(spec['hidden']),
    collation,
  };
}

function checkName(db: string, name: string): void {
  if (!name || name.includes('\0') || name.includes('$') || name.startsWith('.') || name.endsWith('.')) {
    throw new StoreError(73, `Invalid namespace specified '${db}.${name}'`);
  }
  if (name.startsWith('system.')) throw new StoreError(73, `Invalid system namespace: ${db}.${name}`);
  if (Buffer.byteLength(`${db}.${name}`) > 255) {
    throw new StoreError(73, `Fully qualified namespace is too long. Namespace: ${db}.${name} Max: 255`);
  }
}
