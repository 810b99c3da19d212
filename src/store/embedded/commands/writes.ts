import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { isDocument } from '../query/value-tests.ts';
import { fieldOf, parse, withoutField } from '../values/raw.ts';
import type { Message } from '../wire/messages.ts';
import { changeMatching, readChange, removeMatching, type Change } from './changes.ts';
import {
  collectionName,
  documentArgument,
  eachStatement,
  sortFields,
  statementsOf,
  type Command,
  type Commands,
} from './command.ts';
import { idOf, insertOne, writable } from './one-document.ts';

const insert: Command = {
  writes: true,
  run: (store, message) => {
    const name = collectionName(message);
    const statements = statementsOf(message, 'documents');
    const collection = writable(store, message.db, name, true);
    const bypass = Boolean(message.args['bypassDocumentValidation']);
    let n = 0;
    const failed = eachStatement(message, statements, (doc) => {
      insertOne(store, collection, doc, bypass);
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
  return readChange(u, {
    filter: documentArgument(options, 'q'),
    multi: Boolean(options['multi']),
    upsert: Boolean(options['upsert']),
    sort: sortFields(options['sort']),
    hint: options['hint'] as unknown,
    arrayFilters: options['arrayFilters'] as Document[] | undefined,
    variables: { ...documentArgument(args, 'let'), ...documentArgument(options, 'c') },
    collation: options['collation'] as unknown,
    bypass: Boolean(args['bypassDocumentValidation']),
  });
}

const remove: Command = {
  writes: true,
  run: (store, message) => {
    const collection = writable(store, message.db, collectionName(message), false);
    const variables = documentArgument(message.args, 'let');
    let n = 0;
    const failed = eachStatement(message, statementsOf(message, 'deletes'), (statement) => {
      const { q, limit, hint, collation } = parse(statement);
      if (!isDocument(q))
        throw new StoreError(40414, "BSON field 'delete.deletes.q' is missing but a required field");
      if (limit !== 0 && limit !== 1) {
        throw new StoreError(9, `The limit field in delete objects must be 0 or 1. Got ${String(limit)}`);
      }
      if (collection)
        n += removeMatching(store, collection, { filter: q, multi: limit === 0, hint, variables, collation });
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
