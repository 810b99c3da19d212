import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { readCollation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { compileFilter } from '../query/filter.ts';
import { write } from '../values/raw.ts';
import type { Store } from '../data/store.ts';
import { collectionName, documentArgument, type Command, type Commands } from './command.ts';
import { listAnswer } from './cursor-answer.ts';
import { indexesNamed } from './indexes.ts';

/** Kinds of collection that this store does not have. */
const otherKinds = ['timeseries', 'encryptedFields', 'changeStreamPreAndPostImages'];
/** What a collection keeps of how it was asked for. */
const kept = [
  'capped',
  'size',
  'max',
  'validator',
  'validationLevel',
  'validationAction',
  'collation',
  'viewOn',
  'pipeline',
  'clusteredIndex',
  'expireAfterSeconds',
];

const create: Command = {
  writes: 'alone',
  run: (store, message) => {
    const { args, db } = message;
    const name = collectionName(message);
    for (const kind of otherKinds)
      if (args[kind]) throw new StoreError(72, `This store has no collections with '${kind}'`);
    const options = readOptions(args);
    if (store.catalog.find(db, name)) throw new StoreError(48, `Collection ${db}.${name} already exists.`);
    store.catalog.create(db, name, options);
    return { ok: 1 };
  },
};

/** @throws 2, 72 for options that make no sense */
function readOptions(args: Document): Document {
  const options: Document = {};
  for (const name of kept) if (args[name] !== undefined && args[name] !== false) options[name] = args[name];
  if (options['capped'] && !(Number(options['size']) > 0))
    throw new StoreError(72, "the 'size' field is required when 'capped' is true");
  if (options['expireAfterSeconds'] !== undefined)
    throw new StoreError(
      72,
      "'expireAfterSeconds' is for time series and clustered collections: use a TTL index",
    );
  if (options['viewOn'] && (options['capped'] || options['validator']))
    throw new StoreError(72, 'A view is neither capped nor validated');
  const collation = readCollation(options['collation']);
  delete options['collation'];
  if (collation) options['collation'] = collation.spec;
  return options;
}

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
    const docs = store.catalog
      .all(db)
      .map((collection) => write(told(collection, Boolean(args['nameOnly']))))
      .filter(test);
    return listAnswer(store, `${db}.$cmd.listCollections`, docs, args);
  },
};

function told({ name, options, uuid, indexes, view }: Collection, nameOnly: boolean): Document {
  const type = view ? 'view' : 'collection';
  if (nameOnly) return { name, type };
  if (view) return { name, type, options, info: { readOnly: true } };
  return { name, type, options, info: { readOnly: false, uuid }, idIndex: indexes[0]!.spec };
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

const renameCollection: Command = {
  writes: 'alone',
  run: (store, { args }) => {
    const [from, to] = [namespaceOf(args['renameCollection']), namespaceOf(args['to'])];
    const collection = store.catalog.find(...from);
    if (!collection) throw new StoreError(26, `Source collection ${from.join('.')} does not exist`);
    const target = store.catalog.find(...to);
    if (target === collection) throw new StoreError(20, "Can't rename a collection to itself");
    if (target && !args['dropTarget']) throw new StoreError(48, 'target namespace exists');
    if (target) dropCollection(store, target);
    store.cursors.killAll(collection.ns);
    store.catalog.rename(collection, ...to);
    return { ok: 1 };
  },
};

function namespaceOf(given: unknown): [db: string, name: string] {
  if (typeof given !== 'string' || !given.includes('.'))
    throw new StoreError(73, `Invalid namespace specified '${String(given)}'`);
  return [given.slice(0, given.indexOf('.')), given.slice(given.indexOf('.') + 1)];
}

/** Changes the validator of a collection, the pipeline of a view, or an index's `hidden` and `expireAfterSeconds`. */
const collMod: Command = {
  writes: 'alone',
  run: (store, message) => {
    const { args, db } = message;
    const collection = store.catalog.find(db, collectionName(message));
    if (!collection) throw new StoreError(26, `ns does not exist: ${db}.${collectionName(message)}`);
    const changed: Document = {};
    for (const name of ['validator', 'validationLevel', 'validationAction', 'viewOn', 'pipeline'])
      if (args[name] !== undefined) changed[name] = args[name];
    store.catalog.setOptions(collection, { ...collection.options, ...changed });
    if (args['index'] === undefined) return { ok: 1 };
    const { keyPattern, name, hidden, expireAfterSeconds } = documentArgument(args, 'index');
    const [index] = indexesNamed(collection, name ?? keyPattern);
    const now = {
      ...(hidden === undefined ? {} : { hidden: Boolean(hidden) }),
      ...(expireAfterSeconds === undefined ? {} : { expireAfterSeconds: Number(expireAfterSeconds) }),
    };
    const before = index!.spec;
    const spec: Document = { ...before, ...now };
    if (!spec['hidden']) delete spec['hidden'];
    store.catalog.setSpec(index!, spec);
    const answer: Document = { ok: 1 };
    for (const [option, value] of Object.entries(now)) {
      if (before[option] !== undefined || option === 'hidden')
        answer[`${option}_old`] = (before[option] as unknown) ?? false;
      answer[`${option}_new`] = value;
    }
    return answer;
  },
};

export const collectionCommands: Commands = {
  create,
  drop,
  dropDatabase,
  listCollections,
  listDatabases,
  renameCollection,
  collMod,
};
