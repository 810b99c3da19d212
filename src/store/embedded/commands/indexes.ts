import type { Document } from 'bson';
import { makeIndex, type Collection, type Index } from '../data/catalog.ts';
import { readCollation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { isDocument } from '../query/value-tests.ts';
import { rowsOf } from '../reading/read.ts';
import { write } from '../values/raw.ts';
import { shellText } from '../values/shell-text.ts';
import { collectionName, type Command, type Commands } from './command.ts';
import { listAnswer } from './cursor-answer.ts';
import { writable } from './one-document.ts';

const createIndexes: Command = {
  writes: 'alone',
  run: (store, message) => {
    const { args, db } = message;
    const name = collectionName(message);
    const wanted = args['indexes'] as Document[] | undefined;
    if (!Array.isArray(wanted) || !wanted.length)
      throw new StoreError(2, 'Must specify at least one index to create');
    const existing = writable(store, db, name, false);
    const specs = wanted.map((spec) => readSpec(spec, name, existing));
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
  'hidden',
  'collation',
]);

/** Kinds of index that this store does not have. */
const otherKinds: Record<string, string> = {
  text: 'it does not search in texts',
  '2d': 'it does not search by place',
  '2dsphere': 'it does not search by place',
  geoHaystack: 'it does not search by place',
};

function readSpec(given: Document, name_: string, collection: Collection | undefined): Document {
  const { key, name } = given;
  if (!isDocument(key) || !Object.keys(key).length) throw new StoreError(67, 'Index keys cannot be empty.');
  if (typeof name !== 'string' || !name)
    throw new StoreError(9, "The 'name' field is a required property of an index specification");
  for (const [path, direction] of Object.entries(key)) {
    if (direction === 'hashed') {
      if (given['unique'])
        throw new StoreError(
          16764,
          'Currently hashed indexes cannot guarantee uniqueness. Use a regular index.',
        );
      continue; // served by an index of the values themselves, which does what a hashed one does
    }
    if (typeof direction === 'string') {
      const why = Object.hasOwn(otherKinds, direction) ? `: ${otherKinds[direction]}` : '';
      throw new StoreError(
        67,
        why ? `This store has no '${direction}' indexes${why}` : `Unknown index plugin '${direction}'`,
      );
    }
    if (typeof direction !== 'number' || !direction) {
      throw new StoreError(
        67,
        `Values in v:2 index key pattern must be non-zero numbers or strings naming an index type. ${path}: ${shellText(direction)}`,
      );
    }
    if (path === '$**' || path.endsWith('.$**'))
      throw new StoreError(67, 'This store has no wildcard indexes');
    if (!path || path.split('.').some((part) => !part || /^\$(?!id$|ref$|db$)/.test(part))) {
      throw new StoreError(67, `Index key contains an illegal field name: '${path}'`);
    }
  }
  for (const option of Object.keys(given)) {
    if (options.has(option)) continue;
    throw new StoreError(
      197,
      `The field '${option}' is not valid for an index specification of ${name_}, or not supported by this store`,
    );
  }
  const { background: _, ns: __, ...spec } = given;
  if (spec['unique'] === false) delete spec['unique'];
  if (spec['sparse'] === false) delete spec['sparse'];
  if (spec['hidden'] === false) delete spec['hidden'];
  const collation = readCollation(spec['collation'] ?? collection?.options['collation']);
  delete spec['collation'];
  if (collation) spec['collation'] = collation.spec;
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
  const settings = ({ v: _v, name: _n, key: _k, hidden: _h, ...rest }: Document) =>
    text(Object.entries(rest).sort());
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
    (index) =>
      sameKey(index) &&
      text(index.partial?.filter) === text(spec['partialFilterExpression']) &&
      text(index.spec['collation']) === text(spec['collation']),
  );
  if (alike) throw new StoreError(85, `Index already exists with a different name: ${alike.name}`);
  return false;
}

const listIndexes: Command = {
  run: (store, message) => {
    const name = collectionName(message);
    const collection = writable(store, message.db, name, false);
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
    const collection = writable(store, message.db, name, false);
    if (!collection) throw new StoreError(26, `ns not found ${message.db}.${name}`);
    const nIndexesWas = collection.indexes.length;
    store.cursors.killAll(collection.ns); // one may be reading along the index
    for (const index of indexesNamed(collection, message.args['index']))
      store.catalog.dropIndex(collection, index);
    return { nIndexesWas, ok: 1 };
  },
};

export function indexesNamed(collection: Collection, wanted: unknown): Index[] {
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

export const indexCommands: Commands = { createIndexes, listIndexes, dropIndexes };
