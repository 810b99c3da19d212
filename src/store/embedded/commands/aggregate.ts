import type { Document } from 'bson';
import { StoreError } from '../errors.ts';
import { aggregateDocuments } from '../mingo.ts';
import { countMatching, matching } from '../read.ts';
import { parse, write } from '../raw.ts';
import type { Store } from '../store.ts';
import { cursorAnswer } from './cursor-answer.ts';
import {
  collectionName,
  documentArgument,
  numberArgument,
  refuseCollation,
  sortFields,
  type Command,
} from './command.ts';

/** Stages that write or that mingo cannot do with what the store has. */
const refused = new Set([
  '$out',
  '$merge',
  '$changeStream',
  '$currentOp',
  '$geoNear',
  '$search',
  '$function',
  '$accumulator',
]);

/** The leading $match, $sort, $skip and $limit are served as a find is; the rest is mingo's. */
export const aggregate: Command = {
  run: (store, message) => {
    const { args, db } = message;
    refuseCollation(args);
    const pipeline = args['pipeline'] as Document[];
    if (!Array.isArray(pipeline))
      throw new StoreError(14, "BSON field 'aggregate.pipeline' is the wrong type, expected type 'array'");
    if (args['cursor'] === undefined)
      throw new StoreError(
        9,
        "The 'cursor' option is required, except for aggregate with the explain argument",
      );
    for (const stage of pipeline) refuseStage(stage);
    const whole = args['aggregate'] === 1;
    const name = whole ? '$cmd.aggregate' : collectionName(message);
    const rows = whole ? documentsOnly(store, db, pipeline) : pipelineRows(store, db, name, pipeline, args);
    const batchSize = numberArgument(documentArgument(args, 'cursor'), 'batchSize');
    return cursorAnswer(
      'firstBatch',
      `${db}.${name}`,
      store.cursors.start(`${db}.${name}`, rows, { batchSize }),
    );
  },
};

function refuseStage(stage: Document): void {
  const [name = '', ...others] = Object.keys(stage);
  if (others.length || !name) {
    throw new StoreError(40323, 'A pipeline stage specification object must contain exactly one field.');
  }
  if (refused.has(name)) throw new StoreError(40324, `${name} is not supported by this store`);
}

function* documentsOnly(store: Store, db: string, pipeline: Document[]): Generator<Buffer> {
  const [first, ...rest] = pipeline;
  const documents = first?.['$documents'] as Document[] | undefined;
  if (!documents)
    throw new StoreError(
      73,
      "{aggregate: 1} is not valid for this pipeline: it needs a collection or '$documents'",
    );
  yield* run(store, db, rest, documents, {});
}

function* pipelineRows(
  store: Store,
  db: string,
  name: string,
  pipeline: Document[],
  args: Document,
): Generator<Buffer> {
  const collection = store.catalog.find(db, name);
  if (!collection) return yield* run(store, db, pipeline, [], args);
  const { query, rest } = leading(pipeline);
  const [group] = rest;
  if (rest.length === 1 && isCount(group) && !query.sort.length) {
    const n = countMatching(store.documents, collection, {
      ...query,
      hint: args['hint'],
      variables: documentArgument(args, 'let'),
    });
    const [field] = Object.keys(group['$group'] as Document).filter((key) => key !== '_id');
    if (n) yield write({ _id: (group['$group'] as Document)['_id'], [field!]: n });
    return;
  }
  const rows = matching(store.documents, collection, {
    ...query,
    hint: args['hint'],
    variables: documentArgument(args, 'let'),
  });
  if (!rest.length) {
    for (const { doc } of rows) yield doc;
    return;
  }
  const parsed = (function* () {
    for (const { doc } of rows) yield parse(doc);
  })();
  yield* run(store, db, rest, parsed, args);
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
export function leading(pipeline: Document[]) {
  const query = { filter: {} as Document, sort: sortFields(undefined), skip: 0, limit: 0 };
  const order = ['$match', '$sort', '$skip', '$limit'];
  let at = 0;
  let used = 0;
  for (const stage of pipeline) {
    const [name] = Object.keys(stage) as [string];
    const place = order.indexOf(name, at);
    if (place < 0) break;
    at = place + 1;
    if (name === '$match') query.filter = stage[name] as Document;
    if (name === '$sort') query.sort = sortFields(stage[name]);
    if (name === '$skip') query.skip = Number(stage[name]);
    if (name === '$limit') query.limit = Number(stage[name]);
    used++;
  }
  return { query, rest: pipeline.slice(used) };
}

function* run(
  store: Store,
  db: string,
  pipeline: Document[],
  rows: Iterable<Document>,
  args: Document,
): Generator<Buffer> {
  const readAll = (name: string) => {
    const collection = store.catalog.find(db, name);
    return collection
      ? Array.from(matching(store.documents, collection, { filter: {} }), ({ doc }) => parse(doc))
      : [];
  };
  for (const doc of aggregateDocuments(rows, pipeline, documentArgument(args, 'let'), readAll))
    yield write(doc);
}
