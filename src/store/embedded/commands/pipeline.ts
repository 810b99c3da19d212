/** Running a pipeline: what a find could do is done on the indexes and bytes, the rest is mingo's. */
import type { Document } from 'bson';
import type { Collection } from '../data/catalog.ts';
import { StoreError } from '../faults/errors.ts';
import type { Meaning } from '../query/expressions.ts';
import { pipelines } from '../pipeline/on-demand.ts';
import { writeComputed } from '../pipeline/types.ts';
import { parse, write } from '../values/raw.ts';
import { countMatching, matching, type Deadline, type Query } from '../reading/read.ts';
import type { Store } from '../data/store.ts';
import { sortFields } from './command.ts';
import { resolve } from './views.ts';

export type PipelineOptions = Meaning & { hint?: unknown; deadline?: Deadline };

/** The documents that come out of a pipeline on a collection or view. */
export function* pipelineRows(
  store: Store,
  db: string,
  name: string,
  stages: Document[],
  options: PipelineOptions,
): Generator<Buffer> {
  const { collection, pipeline: before } = resolve(store, db, name);
  const pipeline = [...before, ...stages];
  const [first, ...others] = pipeline;
  const told = first && statisticsOf(store, collection, first);
  if (told) return yield* run(store, db, others, told, options);
  if (!collection) return yield* run(store, db, pipeline, [], options);
  const { query, rest } = leading(pipeline, options);
  const [group] = rest;
  if (rest.length === 1 && isCount(group) && !query.sort.length) {
    const n = countMatching(store.documents, collection, query);
    const [field] = Object.keys(group['$group'] as Document).filter((key) => key !== '_id');
    if (n) yield write({ _id: (group['$group'] as Document)['_id'], [field!]: n });
    return;
  }
  const rows = matching(store.documents, collection, query);
  if (!rest.length) {
    for (const { doc } of rows) yield doc;
    return;
  }
  const parsed = (function* () {
    for (const { doc } of rows) yield parse(doc);
  })();
  yield* run(store, db, rest, parsed, options);
}

/** The documents that come out of a pipeline on given documents. */
export function* run(
  store: Store,
  db: string,
  pipeline: Document[],
  rows: Iterable<Document>,
  meaning: Meaning,
): Generator<Buffer> {
  const readAll = (name: string) => Array.from(pipelineRows(store, db, name, [], {}), (doc) => parse(doc));
  for (const doc of pipelines().aggregateDocuments(rows, pipeline, meaning, readAll))
    yield writeComputed(doc);
}

/** What a query finds in a collection or a view, in order. */
export function* documentsOf(store: Store, collection: Collection, query: Query): Generator<Buffer> {
  if (!collection.view) {
    for (const { doc } of matching(store.documents, collection, query)) yield doc;
    return;
  }
  const { filter, sort = [], skip = 0, limit = 0, variables, collation } = query;
  const pipeline: Document[] = [{ $match: filter }];
  if (sort.length)
    pipeline.push({
      $sort: Object.fromEntries(sort.map(({ path, descending }) => [path, descending ? -1 : 1])),
    });
  if (skip) pipeline.push({ $skip: skip });
  if (limit) pipeline.push({ $limit: limit });
  yield* pipelineRows(store, collection.db, collection.name, pipeline, { variables, collation });
}

/** `{$group: {_id: 1, n: {$sum: 1}}}`: what drivers' countDocuments asks. */
function isCount(stage: Document | undefined): stage is Document {
  const group = stage?.['$group'] as Document | undefined;
  if (!group) return false;
  const { _id, ...sums } = group;
  const counted = Object.values(sums) as Document[];
  return (_id === 1 || _id === null) && counted.length === 1 && counted[0]?.['$sum'] === 1;
}

/** What of a pipeline a find can do, and what is left. */
export function leading(pipeline: Document[], options: PipelineOptions = {}) {
  const { collation } = options;
  const query = { ...options, filter: {} as Document, sort: sortFields(undefined), skip: 0, limit: 0 };
  const order = ['$match', '$sort', '$skip', '$limit'];
  let at = 0;
  let used = 0;
  for (const stage of pipeline) {
    const [name] = Object.keys(stage) as [string];
    const place = order.indexOf(name, at);
    if (place < 0) break;
    at = place + 1;
    if (name === '$match') query.filter = stage[name] as Document;
    if (name === '$sort') query.sort = sortFields(stage[name], collation);
    if (name === '$skip') query.skip = Number(stage[name]);
    if (name === '$limit') query.limit = Number(stage[name]);
    used++;
  }
  return { query, rest: pipeline.slice(used) };
}

/** The stages that begin a pipeline with what the store knows of the collection. @throws 26 */
function statisticsOf(
  store: Store,
  collection: Collection | undefined,
  stage: Document,
): Document[] | undefined {
  if ('$indexStats' in stage) {
    return collection?.indexes.map(({ name, spec }) => ({ name, key: spec['key'] as unknown, spec })) ?? [];
  }
  if (!('$collStats' in stage)) return undefined;
  if (!collection) throw new StoreError(26, 'Unable to retrieve collection statistics: ns does not exist');
  const asked = stage['$collStats'] as Document;
  const count = store.documents.count(collection);
  return [
    {
      ns: collection.ns,
      localTime: store.now(),
      ...(asked['count'] ? { count } : {}),
      ...(asked['storageStats'] ? { storageStats: { ...sizesOf(store, collection) } } : {}),
    },
  ];
}

/** How much there is of a collection, in bytes. */
export function sizesOf(store: Store, collection: Collection): Document {
  const [count, size] = store.sqlite
    .prepare(`SELECT count(*), total(length(doc)) FROM d${collection.id}`)
    .raw()
    .get() as [number, number];
  const { capped } = collection;
  return {
    size,
    count,
    avgObjSize: count ? Math.round(size / count) : 0,
    storageSize: size,
    nindexes: collection.indexes.length,
    capped: Boolean(capped),
    ...(capped ? { maxSize: capped.size, ...(Number.isFinite(capped.max) ? { max: capped.max } : {}) } : {}),
  };
}
