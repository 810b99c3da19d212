import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { compileProjection } from '../query/project.ts';
import { fieldOf, parseTyped } from '../values/raw.ts';
import { matching } from '../reading/read.ts';
import { readChange, under, upsertOne } from './changes.ts';
import { collationOf, collectionName, documentArgument, sortFields, type Command } from './command.ts';
import { idOf, removeOne, replaceOne, writable } from './one-document.ts';

/** Changes or removes one document and gives it, as it was or as it is: the way to claim something. */
export const findAndModify: Command = {
  writes: true,
  run: (store, message) => {
    const { args, body, db } = message;
    const name = collectionName(message);
    refuseContradictions(args);
    const [filter, sort, hint] = [
      documentArgument(args, 'query'),
      sortFields(args['sort']),
      args['hint'] as unknown,
    ];
    const [upsert, wantsNew, variables] = [
      Boolean(args['upsert']),
      Boolean(args['new']),
      documentArgument(args, 'let'),
    ];
    const bypass = Boolean(args['bypassDocumentValidation']);
    const collection = writable(store, db, name, false);
    const collation = collationOf(args, collection);
    const fields = (args['fields'] ?? args['projection']) as Document | undefined;
    const project = compileProjection(fields, filter, { variables, collation });
    const value = (doc: Buffer | undefined) => (doc ? parseTyped(project(doc)) : null);
    const u = fieldOf(body, 0, Buffer.from('update'));
    const arrayFilters = args['arrayFilters'] as Document[] | undefined;
    const how = {
      filter,
      sort,
      hint,
      multi: false,
      upsert,
      variables,
      bypass,
      collation: args['collation'] as unknown,
    };
    const change = u && readChange(u, { ...how, arrayFilters });
    const query = { filter, sort: under(collation, sort), hint, variables, collation, limit: 1 };
    const [row] = collection ? matching(store.documents, collection, query) : [];
    if (collection && row && !change) {
      removeOne(store, collection, row);
      return { lastErrorObject: { n: 1 }, value: value(row.doc), ok: 1 };
    }
    if (collection && row && change) {
      const after = change.update(row.doc, { filter, inserting: false, now: store.now(), collation });
      replaceOne(store, collection, row, after, bypass);
      return {
        lastErrorObject: { n: 1, updatedExisting: true },
        value: value(wantsNew ? after : row.doc),
        ok: 1,
      };
    }
    if (change && upsert) {
      const doc = upsertOne(store, writable(store, db, name, true), change);
      const lastErrorObject = { n: 1, updatedExisting: false, upserted: idOf(doc) };
      return { lastErrorObject, value: value(wantsNew ? doc : undefined), ok: 1 };
    }
    return { lastErrorObject: { n: 0, ...(change ? { updatedExisting: false } : {}) }, value: null, ok: 1 };
  },
};

function refuseContradictions(args: Document): void {
  const [remove, update] = [Boolean(args['remove']), args['update'] !== undefined];
  if (!remove && !update) throw new StoreError(9, 'Either an update or remove=true must be specified');
  if (remove && update) throw new StoreError(9, 'Cannot specify both an update and remove=true');
  if (remove && args['upsert']) throw new StoreError(9, 'Cannot specify both upsert=true and remove=true');
  if (remove && args['new']) {
    throw new StoreError(
      9,
      "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
    );
  }
}
