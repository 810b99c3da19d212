import { Long, type Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { StoreError } from '../faults/errors.ts';
import { keyOf } from '../values/keys.ts';
import type { Meaning } from '../query/expressions.ts';
import { compileFilter } from '../query/filter.ts';
import { compileProjection } from '../query/project.ts';
import { countMatching, type Query } from '../reading/read.ts';
import { bsonType, Elements, valueOf, type RawValue } from '../values/raw.ts';
import { hinted } from '../reading/plan.ts';
import type { Store } from '../data/store.ts';
import { cursorAnswer } from './cursor-answer.ts';
import {
  collationOf,
  collectionName,
  deadlineOf,
  documentArgument,
  numberArgument,
  sortFields,
  type Command,
  type Commands,
} from './command.ts';
import { documentsOf } from './pipeline.ts';

const find: Command = {
  run: (store, message) => {
    const { args, db } = message;
    const name = collectionName(message);
    const collection = store.catalog.find(db, name);
    refuseTailable(args);
    const filter = documentArgument(args, 'filter');
    const meaning: Meaning = {
      variables: documentArgument(args, 'let'),
      collation: collationOf(args, collection),
    };
    const project = compileProjection(args['projection'] as Document | undefined, filter, meaning);
    const limit = numberArgument(args, 'limit') ?? 0;
    const query: Query = {
      filter,
      ...meaning,
      sort: sortFields(args['sort'], meaning.collation),
      skip: numberArgument(args, 'skip'),
      limit: Math.abs(limit),
      deadline: deadlineOf(args),
      hint: args['hint'] ?? naturalOrder(args['sort'] as Document | undefined),
    };
    compileFilter(filter, meaning); // a filter that is wrong is refused even where there is nothing to filter
    const rows = collection ? found(store, collection, query, project) : none();
    const single = Boolean(args['singleBatch']) || limit < 0;
    const batch = store.cursors.start(`${db}.${name}`, rows, {
      batchSize: numberArgument(args, 'batchSize') ?? (single ? Infinity : undefined),
      single,
    });
    if (query.deadline) query.deadline.at = Infinity; // the limit is that of this command, not of its cursor
    return cursorAnswer('firstBatch', `${db}.${name}`, batch);
  },
};

function refuseTailable(args: Document): void {
  if (!args['tailable']) return;
  throw new StoreError(2, 'error processing query: this store has no tailable cursors');
}

function naturalOrder(sort: Document | undefined): Document | undefined {
  return sort && '$natural' in sort ? sort : undefined;
}

function* found(
  store: Store,
  collection: Collection,
  query: Query,
  project: (doc: Buffer) => Buffer,
): Generator<Buffer> {
  for (const doc of documentsOf(store, collection, query)) yield project(doc);
}

function* none(): Generator<Buffer> {}

const getMore: Command = {
  run: (store, { args, db }) => {
    const ns = `${db}.${String(args['collection'])}`;
    const batchSize = numberArgument(args, 'batchSize');
    return cursorAnswer('nextBatch', ns, store.cursors.next(Number(args['getMore']), ns, batchSize));
  },
};

const killCursors: Command = {
  run: (store, { args }) => {
    if (!Array.isArray(args['cursors']))
      throw new StoreError(14, "BSON field 'killCursors.cursors' is missing but a required field");
    const ids = (args['cursors'] as unknown[]).map(Number);
    const killed = ids.filter((id) => store.cursors.kill(id));
    const long = (list: number[]) => list.map((id) => Long.fromNumber(id));
    return {
      cursorsKilled: long(killed),
      cursorsNotFound: long(ids.filter((id) => !killed.includes(id))),
      cursorsAlive: [],
      cursorsUnknown: [],
      ok: 1,
    };
  },
};

const count: Command = {
  run: (store, message) => {
    const { args, db } = message;
    const filter = documentArgument(args, 'query');
    const collection = store.catalog.find(db, collectionName(message));
    const collation = collationOf(args, collection);
    compileFilter(filter, { collation });
    if (!collection) return { n: 0, ok: 1 };
    if (args['hint'] !== undefined) hinted(collection, args['hint']);
    const [skip, limit] = [numberArgument(args, 'skip'), numberArgument(args, 'limit')];
    const query = { filter, skip, limit: limit && Math.abs(limit), collation, deadline: deadlineOf(args) };
    if (!collection.view) return { n: countMatching(store.documents, collection, query), ok: 1 };
    let n = 0;
    for (const _ of documentsOf(store, collection, query)) n++;
    return { n, ok: 1 };
  },
};

const distinct: Command = {
  run: (store, message) => {
    const { args, db } = message;
    const key = args['key'] as unknown;
    if (typeof key !== 'string')
      throw new StoreError(14, "BSON field 'distinct.key' is the wrong type, expected type 'string'");
    const filter = documentArgument(args, 'query');
    const collection = store.catalog.find(db, collectionName(message));
    const collation = collationOf(args, collection);
    compileFilter(filter, { collation });
    const values = new Map<string, unknown>();
    const query = { filter, hint: args['hint'] as unknown, collation, deadline: deadlineOf(args) };
    for (const doc of collection ? documentsOf(store, collection, query) : []) {
      for (const value of valuesAt({ type: bsonType.object, buf: doc, at: 0 }, key.split('.'))) {
        const id = keyOf(value, collation).toString('latin1');
        if (!values.has(id)) values.set(id, valueOf(value));
      }
    }
    return { values: [...values.values()], ok: 1 };
  },
};

/** The values at a path; those inside arrays one by one. */
function* valuesAt(from: RawValue, parts: string[]): Generator<RawValue> {
  const [part, ...rest] = parts;
  if (from.type === bsonType.array) {
    const element = new Elements(from.buf, from.at);
    while (element.next()) {
      if (part === undefined) yield element.raw;
      else if (element.name === part) yield* valuesAt(element.raw, rest);
      else if (element.type === bsonType.object) yield* valuesAt(element.raw, parts);
    }
  } else if (part === undefined) yield from;
  else if (from.type === bsonType.object) {
    const element = new Elements(from.buf, from.at);
    while (element.next()) if (element.name === part) yield* valuesAt(element.raw, rest);
  }
}

export const readCommands: Commands = { find, getMore, killCursors, count, distinct };
