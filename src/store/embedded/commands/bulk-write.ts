import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { fieldOf, parse, withoutField, write } from '../values/raw.ts';
import type { Store } from '../data/store.ts';
import { changeMatching, readChange, removeMatching } from './changes.ts';
import {
  documentArgument,
  eachStatement,
  numberArgument,
  sortFields,
  statementsOf,
  type Command,
} from './command.ts';
import { cursorAnswer } from './cursor-answer.ts';
import { idOf, insertOne, writable } from './one-document.ts';

type Counts = { nInserted: number; nMatched: number; nModified: number; nUpserted: number; nDeleted: number };

/** Inserts, updates and deletes on several collections in one command (`client.bulkWrite` of drivers, MongoDB 8.0). */
export const bulkWrite: Command = {
  writes: true,
  run: (store, message) => {
    const { args } = message;
    if (message.db !== 'admin')
      throw new StoreError(13, 'bulkWrite may only be run against the admin database.');
    const operations = statementsOf(message, 'ops');
    const names = statementsOf(message, 'nsInfo').map((one) => String(parse(one)['ns']));
    const counts: Counts = { nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
    const results: Document[] = [];
    const common = {
      variables: documentArgument(args, 'let'),
      bypass: Boolean(args['bypassDocumentValidation']),
    };
    const failed = eachStatement(message, operations, (operation, idx) => {
      results.push({ ok: 1, idx, ...runOne(store, operation, names, common, counts) });
    });
    for (const { index, error } of failed) {
      results.push({
        ok: 0,
        idx: index,
        code: error.code,
        errmsg: error.message,
        n: 0,
        nModified: 0,
        ...error.more,
      });
    }
    const told = results
      .filter((result) => !args['errorsOnly'] || !result['ok'])
      .sort((a, b) => Number(a['idx']) - Number(b['idx']));
    const ns = 'admin.$cmd.bulkWrite';
    const batchSize = numberArgument(documentArgument(args, 'cursor'), 'batchSize') ?? Infinity;
    const batch = store.cursors.start(ns, told.map((result) => write(result)).values(), { batchSize });
    return cursorAnswer('firstBatch', ns, batch, { nErrors: failed.length, ...counts });
  },
};

function runOne(
  store: Store,
  operation: Buffer,
  names: string[],
  { variables, bypass }: { variables: Document; bypass: boolean },
  counts: Counts,
): Document {
  const u = fieldOf(operation, 0, Buffer.from('updateMods'));
  const document = fieldOf(operation, 0, Buffer.from('document'));
  const options = parse(withoutField(withoutField(operation, 'updateMods'), 'document'));
  const [kind = ''] = Object.keys(options);
  const ns = names[Number(options[kind])];
  if (!ns?.includes('.')) throw new StoreError(2, `BulkWrite ${kind} names no namespace`);
  const [db, name] = [ns.slice(0, ns.indexOf('.')), ns.slice(ns.indexOf('.') + 1)];
  const collation = options['collation'] as unknown;
  const [filter, multi, hint] = [
    documentArgument(options, 'filter'),
    Boolean(options['multi']),
    options['hint'] as unknown,
  ];
  if (kind === 'insert' && document) {
    const bytes = document.buf.subarray(document.at, document.at + document.buf.readInt32LE(document.at));
    insertOne(store, writable(store, db, name, true), bytes, bypass);
    counts.nInserted++;
    return { n: 1 };
  }
  if (kind === 'update' && u) {
    const { upsert, sort, arrayFilters, constants } = options;
    const change = readChange(u, {
      filter,
      multi,
      hint,
      upsert: Boolean(upsert),
      sort: sortFields(sort),
      arrayFilters: arrayFilters as Document[] | undefined,
      variables: { ...variables, ...(constants as Document | undefined) },
      collation,
      bypass,
    });
    const { matched, modified, upserted } = changeMatching(store, db, name, change);
    counts.nMatched += matched;
    counts.nModified += modified;
    if (!upserted) return { n: matched, nModified: modified };
    counts.nUpserted++;
    return { n: 1, nModified: 0, upserted: { _id: idOf(upserted) } };
  }
  if (kind !== 'delete') throw new StoreError(9, `Unknown operation in bulkWrite: ${kind}`);
  const collection = writable(store, db, name, false);
  const n = collection ? removeMatching(store, collection, { filter, multi, hint, variables, collation }) : 0;
  counts.nDeleted += n;
  return { n };
}
