import type { Document } from 'bson';
import { makeIndex, type Collection, type Index } from '../catalog.ts';
import { StoreError } from '../errors.ts';
import { compileFilter } from '../filter.ts';
import { isDocument } from '../value-tests.ts';
import { rowsOf } from '../read.ts';
import { write } from '../raw.ts';
import type { Store } from '../store.ts';
import { shellText } from '../shell-text.ts';
import { collectionName, documentArgument, numberArgument, type Command, type Commands } from './command.ts';
import { cursorAnswer } from './cursor-answer.ts';

const create: Command = {
  writes: 'alone',
  run: (store, message) => {
    const { args, db } = message;
    const name = collectionName(message);
    for (const option of ['capped', 'timeseries', 'viewOn', 'clusteredIndex', 'validator', 'collation']) {
      if (args[option]) throw new StoreError(72, `This store has no collections with '${option}'`);
    }
    if (store.catalog.find(db, name)) throw new StoreError(48, `Collection ${db}.${name} already exists.`);
    store.catalog.create(db, name, {});
    return { ok: 1 };
  },
};

const drop: Command = {
  writes: 'alone',
  run: (store, message) => {
    const collection = store.catalog.find(message.db, collectionName(message));
    if (!collection) return { ok: 1 }; // since 7.0, dropping what is not there succeeds
    const { ns } = collection;
    const nIndexesWas = collection.indexes.length;
    dropCollection(store, collection);
    return { nIndexesWas, ns, ok: 1 };
  },
};

function dropCollection(store: Store, collection: Collection): void {
  store.cursors.killAll(collection.ns);
  store.catalog.drop(collection);
}

const dropDatabase: Command = {
  writes: 'alone',
  run: (store, { db }) => {
    const collections = store.catalog.all(db);
    for (const collection of collections) dropCollection(store, collection);
    return { ...(collections.length ? { dropped: db } : {}), ok: 1 };
  },
};

const listCollections: Command = {
  run: (store, { args, db }) => {
    const test = compileFilter(documentArgument(args, 'filter'));
    const nameOnly = Boolean(args['nameOnly']);
    const docs = store.catalog
      .all(db)
      .map(({ name, options, uuid, indexes }) =>
        nameOnly
          ? { name, type: 'collection' }
          : { name, type: 'collection', options, info: { readOnly: false, uuid }, idIndex: indexes[0]!.spec },
      )
      .map(write)
      .filter(test);
    return listAnswer(store, `${db}.$cmd.listCollections`, docs, args);
  },
};

function listAnswer(store: Store, ns: string, docs: Buffer[], args: Document): Buffer[] {
  const batchSize = numberArgument(documentArgument(args, 'cursor'), 'batchSize');
  return cursorAnswer('firstBatch', ns, store.cursors.start(ns, docs.values(), { batchSize }));
}

const listDatabases: Command = {
  run: (store, { args }) => {
    const test = compileFilter(documentArgument(args, 'filter'));
    const names = [...new Set(store.catalog.all().map(({ db }) => db))].sort();
    const size =
      Number(store.sqlite.pragma('page_count', { simple: true })) *
      Number(store.sqlite.pragma('page_size', { simple: true }));
    const nameOnly = Boolean(args['nameOnly']);
    const databases = names
      .map((name) => (nameOnly ? { name } : { name, sizeOnDisk: size, empty: false }))
      .filter((database) => test(write(database)));
    return {
      databases,
      ...(nameOnly ? {} : { totalSize: size, totalSizeMb: Math.floor(size / 1048576) }),
      ok: 1,
    };
  },
};

const createIndexes: Command = {
  writes: 'alone',
  run: (store, message) => {
    const { args, db } = message;
    const name = collectionName(message);
    const wanted = args['indexes'] as Document[] | undefined;
    if (!Array.isArray(wanted) || !wanted.length)
      throw new StoreError(2, 'Must specify at least one index to create');
    const specs = wanted.map((spec) => readSpec(spec, name));
    const existing = store.catalog.find(db, name);
    const collection = existing ?? store.catalog.create(db, name, {});
    const before = collection.indexes.length;
    for (const spec of specs) {
      if (isThere(collection, spec)) continue;
      const index = store.catalog.createIndex(collection, spec);
      store.documents.fill(
        collection,
        index,
        rowsOf(store.documents, collection, { everything: true, reverse: false }),
      );
    }
    const after = collection.indexes.length;
    return {
      numIndexesBefore: before,
      numIndexesAfter: after,
      createdCollectionAutomatically: !existing,
      ...(before === after ? { note: 'all indexes already exist' } : {}),
      ok: 1,
    };
  },
};

const options = new Set([
  'v',
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'background',
  'ns',
]);

function readSpec(given: Document, collection: string): Document {
  const { key, name } = given;
  if (!isDocument(key) || !Object.keys(key).length) throw new StoreError(67, 'Index keys cannot be empty.');
  if (typeof name !== 'string' || !name)
    throw new StoreError(9, "The 'name' field is a required property of an index specification");
  for (const [path, direction] of Object.entries(key)) {
    if (typeof direction === 'string') throw new StoreError(67, `Unknown index plugin '${direction}'`);
    if (typeof direction !== 'number' || !direction) {
      throw new StoreError(
        67,
        `Values in v:2 index key pattern must be non-zero numbers or strings naming an index type. ${path}: ${shellText(direction)}`,
      );
    }
    if (!path || path.split('.').some((part) => !part || part.startsWith('$'))) {
      throw new StoreError(67, `Index key contains an illegal field name: '${path}'`);
    }
  }
  for (const option of Object.keys(given)) {
    if (options.has(option) || (option === 'collation' && (given[option] as Document)['locale'] === 'simple'))
      continue;
    throw new StoreError(
      197,
      `The field '${option}' is not valid for an index specification of ${collection}, or not supported by this store`,
    );
  }
  const { background: _, ns: __, ...spec } = given;
  if (spec['unique'] === false) delete spec['unique'];
  if (spec['sparse'] === false) delete spec['sparse'];
  if (spec['partialFilterExpression'] && spec['sparse']) {
    throw new StoreError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  }
  makeIndex(0, spec, false); // reads the partial filter
  const seconds = spec['expireAfterSeconds'] as unknown;
  if (seconds !== undefined && (typeof seconds !== 'number' || seconds < 0 || Object.keys(key).length > 1)) {
    throw new StoreError(
      67,
      'TTL indexes are single-field indexes with a number of seconds that is not negative',
    );
  }
  return { v: 2, ...spec };
}

/** Is this index there already? @throws 85, 86 when another stands in its way */
function isThere(collection: Collection, spec: Document): boolean {
  const text = (value: unknown) => JSON.stringify(value);
  const settings = ({ v: _v, name: _n, key: _k, ...rest }: Document) => text(Object.entries(rest).sort());
  const sameKey = (index: Index) => text(index.spec['key']) === text(spec['key']);
  if (text(spec['key']) === text({ _id: 1 })) return true;
  const named = collection.indexes.find(({ name }) => name === spec['name']);
  if (named) {
    if (sameKey(named) && settings(named.spec) === settings(spec)) return true;
    throw new StoreError(
      86,
      `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${shellText(spec)}, existing index: ${shellText(named.spec)}`,
    );
  }
  const alike = collection.indexes.find(
    (index) => sameKey(index) && text(index.partial?.filter) === text(spec['partialFilterExpression']),
  );
  if (alike) throw new StoreError(85, `Index already exists with a different name: ${alike.name}`);
  return false;
}

const listIndexes: Command = {
  run: (store, message) => {
    const name = collectionName(message);
    const collection = store.catalog.find(message.db, name);
    if (!collection) throw new StoreError(26, `ns does not exist: ${message.db}.${name}`);
    return listAnswer(
      store,
      collection.ns,
      collection.indexes.map(({ spec }) => write(spec)),
      message.args,
    );
  },
};

const dropIndexes: Command = {
  writes: 'alone',
  run: (store, message) => {
    const name = collectionName(message);
    const collection = store.catalog.find(message.db, name);
    if (!collection) throw new StoreError(26, `ns not found ${message.db}.${name}`);
    const nIndexesWas = collection.indexes.length;
    store.cursors.killAll(collection.ns); // one may be reading along the index
    for (const index of indexesNamed(collection, message.args['index']))
      store.catalog.dropIndex(collection, index);
    return { nIndexesWas, ok: 1 };
  },
};

function indexesNamed(collection: Collection, wanted: unknown): Index[] {
  if (wanted === '*') return collection.indexes.filter(({ primary }) => !primary);
  return (Array.isArray(wanted) ? wanted : [wanted]).map((one) => {
    const index = collection.indexes.find(({ name, spec }) =>
      typeof one === 'string' ? name === one : JSON.stringify(spec['key']) === JSON.stringify(one),
    );
    if (!index)
      throw new StoreError(
        27,
        `index not found with name [${typeof one === 'string' ? one : shellText(one)}]`,
      );
    if (index.primary) throw new StoreError(72, 'cannot drop _id index');
    return index;
  });
}

export const collectionCommands: Commands = {
  create,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
  createIndexes,
  listIndexes,
  dropIndexes,
};
