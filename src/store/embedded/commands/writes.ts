import { ObjectId, type Document } from 'bson';
import type { Collection } from '../catalog.ts';
import type { Row } from '../documents.ts';
import { StoreError } from '../errors.ts';
import { isDocument } from '../filter.ts';
import { checkStorable, compileUpdate, documentOf, isModification, type Update } from '../modify.ts';
import { compileProjection } from '../project.ts';
import { matching } from '../read.ts';
import { bsonType, Elements, fieldOf, idName, parse, valueOf, withIdFirst, type RawValue } from '../raw.ts';
import type { Store } from '../store.ts';
import { writeTree } from '../tree.ts';
import type { Message } from '../wire.ts';
import {
  collectionName,
  documentArgument,
  refuseCollation,
  sortFields,
  type Command,
  type Commands,
} from './command.ts';

type WriteError = { index: number; code: number; errmsg: string } & Document;

/** Runs the statements of a write command, one after another, until one fails (`ordered`) or all have been tried. */
function eachStatement(
  message: Message,
  statements: Buffer[],
  one: (statement: Buffer, index: number) => void,
): Document {
  const ordered = message.args['ordered'] !== false;
  const writeErrors: WriteError[] = [];
  for (const [index, statement] of statements.entries()) {
    try {
      one(statement, index);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.more });
      if (ordered) break;
    }
  }
  return writeErrors.length ? { writeErrors } : {};
}

const maxStatements = 100_000;

function statementsOf({ lists, name }: Message, list: string): Buffer[] {
  const statements = lists.get(list);
  if (!statements)
    throw new StoreError(40414, `BSON field '${name}.${list}' is missing but a required field`);
  if (!statements.length || statements.length > maxStatements) {
    throw new StoreError(
      16,
      `Write batch sizes must be between 1 and ${maxStatements}. Got ${statements.length} operations.`,
    );
  }
  return statements;
}

const insert: Command = {
  writes: true,
  run: (store, message) => {
    const name = collectionName(message);
    const statements = statementsOf(message, 'documents');
    const collection = store.catalog.findOrCreate(message.db, name);
    let n = 0;
    const errors = eachStatement(message, statements, (doc) => {
      store.documents.insert(collection, checkStorable(withIdFirst(doc, () => new ObjectId())));
      n++;
    });
    return { n, ...errors, ok: 1 };
  },
};

const update: Command = {
  writes: true,
  run: (store, message) => {
    const name = collectionName(message);
    const result = { n: 0, nModified: 0 };
    const upserted: { index: number; _id: unknown }[] = [];
    const errors = eachStatement(message, statementsOf(message, 'updates'), (statement, index) => {
      const { q, u, ...options } = readUpdate(statement, message);
      const done = updateMatching(store, message.db, name, q, u, options);
      result.n += done.matched;
      result.nModified += done.modified;
      if (done.upserted) {
        result.n++;
        upserted.push({ index, _id: idOf(done.upserted) });
      }
    });
    return {
      n: result.n,
      ...(upserted.length ? { upserted } : {}),
      nModified: result.nModified,
      ...errors,
      ok: 1,
    };
  },
};

type UpdateOptions = { update: Update; multi: boolean; upsert: boolean; hint?: unknown; sort?: unknown };

function readUpdate(statement: Buffer, { args }: Message): { q: Document; u: RawValue } & UpdateOptions {
  const u = fieldOf(statement, 0, Buffer.from('u'));
  if (!u) throw new StoreError(40414, "BSON field 'update.updates.u' is missing but a required field");
  const options = parse(withoutField(statement, 'u'));
  refuseCollation(options);
  const multi = Boolean(options['multi']);
  if (multi && !isModification(u))
    throw new StoreError(9, 'multi update is not supported for replacement-style update');
  const variables = { ...documentArgument(args, 'let'), ...documentArgument(options, 'c') };
  const update = compileUpdate(u, arrayFiltersOf(options, u), variables);
  return {
    q: documentArgument(options, 'q'),
    u,
    update,
    multi,
    upsert: Boolean(options['upsert']),
    hint: options['hint'],
    sort: options['sort'],
  };
}

function arrayFiltersOf(options: Document, u: RawValue): Document[] {
  const given = options['arrayFilters'] as Document[] | undefined;
  if (given?.length && (!isModification(u) || u.type === bsonType.array)) {
    throw new StoreError(
      9,
      'arrayFilters may not be specified for replacement-style or pipeline-syle updates',
    );
  }
  return given ?? [];
}

/** The statement without what is read as bytes. */
function withoutField(doc: Buffer, name: string): Buffer {
  const wanted = Buffer.from(name);
  const element = new Elements(doc);
  while (element.next()) {
    if (!element.isNamed(wanted)) continue;
    const out = Buffer.concat([doc.subarray(0, element.start), doc.subarray(element.end)]);
    out.writeInt32LE(out.length);
    return out;
  }
  return doc;
}

type Updated = { matched: number; modified: number; upserted?: Buffer };

function updateMatching(
  store: Store,
  db: string,
  name: string,
  filter: Document,
  u: RawValue,
  { update, multi, upsert, hint, sort }: UpdateOptions,
): Updated {
  const { documents } = store;
  const collection = upsert ? store.catalog.findOrCreate(db, name) : store.catalog.find(db, name);
  const done: Updated = { matched: 0, modified: 0 };
  if (!collection) return done;
  const context = { filter, inserting: false, now: store.now() };
  const query = { filter, hint, sort: sortFields(sort), limit: multi ? 0 : 1 };
  // All places first: a document that its own update moves along an index must not be met twice.
  const rows = multi
    ? placesOf(store, collection, matching(documents, collection, query))
    : matching(documents, collection, query);
  for (const { rid, doc } of rows) {
    done.matched++;
    const after = update(doc, context);
    if (after.equals(doc)) continue;
    documents.replace(collection, rid, doc, checkStorable(after));
    done.modified++;
  }
  if (done.matched || !upsert) return done;
  done.upserted = upsertOne(store, collection, filter, u, update);
  return done;
}

function* placesOf(store: Store, collection: Collection, rows: Iterable<Row>): Generator<Row> {
  const places = Array.from(rows, ({ rid }) => rid);
  for (const rid of places) {
    const doc = store.documents.at(collection, rid);
    if (doc) yield { rid, doc };
  }
}

function upsertOne(
  store: Store,
  collection: Collection,
  filter: Document,
  u: RawValue,
  update: Update,
): Buffer {
  const start = isModification(u)
    ? documentOf(filter)
    : documentOf('_id' in filter ? { _id: filter['_id'] as unknown } : {});
  const made = update(writeTree(start), { filter, inserting: true, now: store.now() });
  const doc = checkStorable(withIdFirst(made, () => new ObjectId()));
  store.documents.insert(collection, doc);
  return doc;
}

function idOf(doc: Buffer): unknown {
  return valueOf(fieldOf(doc, 0, idName)!);
}

const remove: Command = {
  writes: true,
  run: (store, message) => {
    const collection = store.catalog.find(message.db, collectionName(message));
    let n = 0;
    const errors = eachStatement(message, statementsOf(message, 'deletes'), (statement) => {
      const { q, limit, hint, ...options } = parse(statement);
      refuseCollation(options);
      if (!isDocument(q))
        throw new StoreError(40414, "BSON field 'delete.deletes.q' is missing but a required field");
      if (limit !== 0 && limit !== 1)
        throw new StoreError(9, `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`);
      if (!collection) return;
      const rows = matching(store.documents, collection, { filter: q, hint: hint as unknown, limit });
      for (const row of limit ? rows : placesOf(store, collection, rows)) {
        store.documents.remove(collection, row);
        n++;
      }
    });
    return { n, ...errors, ok: 1 };
  },
};

const findAndModify: Command = {
  writes: true,
  run: (store, message) => {
    const { args, body, db } = message;
    const name = collectionName(message);
    refuseCollation(args);
    const filter = documentArgument(args, 'query');
    const u = fieldOf(body, 0, Buffer.from('update'));
    const [removing, upsert, wantsNew] = [
      Boolean(args['remove']),
      Boolean(args['upsert']),
      Boolean(args['new']),
    ];
    if (removing === Boolean(u)) {
      throw new StoreError(
        9,
        removing
          ? 'Cannot specify both an update and remove=true'
          : 'Either an update or remove=true must be specified',
      );
    }
    if (removing && upsert) throw new StoreError(9, 'Cannot specify both upsert=true and remove=true ');
    if (removing && wantsNew) {
      throw new StoreError(
        9,
        "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
      );
    }
    const update = u && compileUpdate(u, arrayFiltersOf(args, u), documentArgument(args, 'let'));
    const project = compileProjection((args['fields'] ?? args['projection']) as Document | undefined, filter);
    const collection = upsert ? store.catalog.findOrCreate(db, name) : store.catalog.find(db, name);
    const query = { filter, sort: sortFields(args['sort']), hint: args['hint'] as unknown, limit: 1 };
    const [row] = collection ? matching(store.documents, collection, query) : [];
    const value = (doc: Buffer | undefined) => (doc ? parseForAnswer(project(doc)) : null);
    if (!collection || (!row && !upsert)) {
      return {
        lastErrorObject: { n: 0, ...(removing ? {} : { updatedExisting: false }) },
        value: null,
        ok: 1,
      };
    }
    if (!row) {
      const doc = upsertOne(store, collection, filter, u!, update!);
      return {
        lastErrorObject: { n: 1, updatedExisting: false, upserted: idOf(doc) },
        value: value(wantsNew ? doc : undefined),
        ok: 1,
      };
    }
    if (!update) {
      store.documents.remove(collection, row);
      return { lastErrorObject: { n: 1 }, value: value(row.doc), ok: 1 };
    }
    const after = update(row.doc, { filter, inserting: false, now: store.now() });
    if (!after.equals(row.doc)) store.documents.replace(collection, row.rid, row.doc, checkStorable(after));
    return {
      lastErrorObject: { n: 1, updatedExisting: true },
      value: value(wantsNew ? after : row.doc),
      ok: 1,
    };
  },
};

/** Parsed so that writing it again gives the same types. */
function parseForAnswer(doc: Buffer): Document {
  return parse(doc, { promoteValues: false, bsonRegExp: true });
}

export const writeCommands: Commands = {
  insert,
  update,
  delete: remove,
  findAndModify,
  findandmodify: findAndModify,
};
