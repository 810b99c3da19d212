import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import type { Store } from '../data/store.ts';
import type { Message } from '../wire/messages.ts';
import {
  collationOf,
  collectionName,
  deadlineOf,
  documentArgument,
  numberArgument,
  type Command,
} from './command.ts';
import { cursorAnswer } from './cursor-answer.ts';
import { pipelineRows, run, type PipelineOptions } from './pipeline.ts';
import { writeResults, writesResults } from './write-stages.ts';

/** Stages that need what this store does not have, and why they are refused. */
const refused: Record<string, [code: 2 | 40324 | 40573 | 31082, why: string]> = {
  $changeStream: [40573, 'The $changeStream stage is only supported on replica sets'],
  $currentOp: [40324, '$currentOp is not supported by this store'],
  $geoNear: [2, 'This store does not search by place: $geoNear is not supported'],
  $search: [31082, 'Using $search requires additional configuration: this store has no search indexes'],
  $searchMeta: [
    31082,
    'Using $searchMeta requires additional configuration: this store has no search indexes',
  ],
  $vectorSearch: [
    31082,
    'Using $vectorSearch requires additional configuration: this store has no search indexes',
  ],
  $listSearchIndexes: [31082, 'Search indexes are not supported by this store'],
};

const aggregate: Command = {
  run: (store, message) => {
    const { args, db } = message;
    const pipeline = pipelineOf(args);
    const whole = args['aggregate'] === 1;
    const name = whole ? '$cmd.aggregate' : collectionName(message);
    const options: PipelineOptions = {
      variables: documentArgument(args, 'let'),
      collation: collationOf(args, whole ? undefined : store.catalog.find(db, name)),
      hint: args['hint'] as unknown,
      deadline: deadlineOf(args),
    };
    const rowsOf = (stages: Document[]) =>
      whole ? databaseRows(store, message, stages, options) : pipelineRows(store, db, name, stages, options);
    const writes = writesResults(pipeline);
    if (writes) writeResults(store, db, rowsOf(pipeline.slice(0, -1)), pipeline.at(-1)!, args);
    const rows = writes ? [].values() : rowsOf(pipeline);
    const batchSize = numberArgument(documentArgument(args, 'cursor'), 'batchSize');
    const batch = store.cursors.start(`${db}.${name}`, rows, { batchSize });
    if (options.deadline) options.deadline.at = Infinity; // the limit is that of this command, not of its cursor
    return cursorAnswer('firstBatch', `${db}.${name}`, batch);
  },
};

const aggregateInto: Command = { ...aggregate, writes: 'alone' };

/** The command of a message: a pipeline that ends in `$out` or `$merge` is a write. */
export function aggregateOf({ args }: Pick<Message, 'args'>): Command {
  const pipeline = args['pipeline'] as unknown;
  return Array.isArray(pipeline) && writesResults(pipeline as Document[]) ? aggregateInto : aggregate;
}

/** @throws 9, 14, 40323, 40324, 40601 for what is no pipeline, or none for this store */
function pipelineOf(args: Document): Document[] {
  const pipeline = args['pipeline'] as Document[];
  if (!Array.isArray(pipeline))
    throw new StoreError(14, "BSON field 'aggregate.pipeline' is the wrong type, expected type 'array'");
  if (args['cursor'] === undefined && !args['explain'])
    throw new StoreError(
      9,
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  for (const [at, stage] of pipeline.entries()) {
    const [name = '', ...others] = Object.keys(stage ?? {});
    if (others.length || !name)
      throw new StoreError(40323, 'A pipeline stage specification object must contain exactly one field.');
    const refusal = Object.hasOwn(refused, name) ? refused[name] : undefined;
    if (refusal) throw new StoreError(...refusal);
    if ((name === '$out' || name === '$merge') && at < pipeline.length - 1)
      throw new StoreError(40601, `${name} can only be the final stage in the pipeline`);
  }
  return pipeline;
}

/** A pipeline on no collection: it begins with documents of its own. */
function* databaseRows(
  store: Store,
  { db, args }: Message,
  [first, ...rest]: Document[],
  options: PipelineOptions,
): Generator<Buffer> {
  if (first && '$documents' in first)
    return yield* run(store, db, rest, first['$documents'] as Document[], options);
  if (first && '$listLocalSessions' in first) {
    // Sessions mean nothing here and are not kept: the one that asks is the one that is known.
    const { lsid } = args;
    return yield* run(store, db, rest, lsid ? [{ _id: lsid as unknown, lastUse: store.now() }] : [], options);
  }
  throw new StoreError(
    73,
    "{aggregate: 1} is not valid for this pipeline: it needs a collection, '$documents' or '$listLocalSessions'",
  );
}
