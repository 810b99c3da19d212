import type { Document } from 'bson';
import { StoreError } from '../errors.ts';
import { isDocument } from '../value-tests.ts';
import { fieldOf, parse, withoutField } from '../raw.ts';
import type { Message } from '../wire.ts';
import { changeMatching, idOf, insertOne, readChange, removeMatching, type Change } from './changes.ts';
import {
  collectionName,
  documentArgument,
  eachStatement,
  refuseCollation,
  sortFields,
  statementsOf,
  type Command,
  type Commands,
} from './command.ts';

const insert: Command = {
  writes: true,
  run: (store, message) => {
    const name = collectionName(message);
    const statements = statementsOf(message, 'documents');
    const collection = store.catalog.findOrCreate(message.db, name);
    let n = 0;
    const failed = eachStatement(message, statements, (doc) => {
      insertOne(store, collection, doc);
      n++;
    });
    return { n, ...writeErrors(failed), ok: 1 };
  },
};

const update: Command = {
  writes: true,
  run: (store, message) => {
    const name = collectionName(message);
    const upserted: { index: number; _id: unknown }[] = [];
    let [n, nModified] = [0, 0];
    const failed = eachStatement(message, statementsOf(message, 'updates'), (statement, index) => {
      const done = changeMatching(store, message.db, name, changeOf(statement, message));
      n += done.matched;
      nModified += done.modified;
      if (!done.upserted) return;
      n++;
      upserted.push({ index, _id: idOf(done.upserted) });
    });
    return { n, ...(upserted.length ? { upserted } : {}), nModified, ...writeErrors(failed), ok: 1 };
  },
};

function changeOf(statement: Buffer, { args }: Message): Change {
  const u = fieldOf(statement, 0, Buffer.from('u'));
  if (!u) throw new StoreError(40414, "BSON field 'update.updates.u' is missing but a required field");
  const options = parse(withoutField(statement, 'u'));
  refuseCollation(options);
  return readChange(u, {
    filter: documentArgument(options, 'q'),
    multi: Boolean(options['multi']),
    upsert: Boolean(options['upsert']),
    sort: sortFields(options['sort']),
    hint: options['hint'] as unknown,
    arrayFilters: options['arrayFilters'] as Document[] | undefined,
    variables: { ...documentArgument(args, 'let'), ...documentArgument(options, 'c') },
  });
}

const remove: Command = {
  writes: true,
  run: (store, message) => {
    const collection = store.catalog.find(message.db, collectionName(message));
    const variables = documentArgument(message.args, 'let');
    let n = 0;
    const failed = eachStatement(message, statementsOf(message, 'deletes'), (statement) => {
      const { q, limit, hint, ...options } = parse(statement);
      refuseCollation(options);
      if (!isDocument(q))
        throw new StoreError(40414, "BSON field 'delete.deletes.q' is missing but a required field");
      if (limit !== 0 && limit !== 1) {
        throw new StoreError(9, `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`);
      }
      if (collection)
        n += removeMatching(store, collection, { filter: q, multi: limit === 0, hint, variables });
    });
    return { n, ...writeErrors(failed), ok: 1 };
  },
};

function writeErrors(failed: { index: number; error: StoreError }[]): Document {
  if (!failed.length) return {};
  return {
    writeErrors: failed.map(({ index, error }) => ({
      index,
      code: error.code,
      errmsg: error.message,
      ...error.more,
    })),
  };
}

export const writeCommands: Commands = { insert, update, delete: remove };
