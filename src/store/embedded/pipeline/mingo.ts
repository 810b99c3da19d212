/**
 * Pipelines: mingo's stages, with ours in the place of those that compare documents. They work on parsed documents.
 */
import type { Document } from 'bson';
import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import { Lazy } from 'mingo/lazy';
import * as stages from 'mingo/operators/pipeline';
import * as projections from 'mingo/operators/projection';
import * as queries from 'mingo/operators/query';
import * as windows from 'mingo/operators/window';
import { readCollation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { operators, optionsOf, refusing, type Meaning, type Options } from '../query/expressions.ts';
import { compileFilter } from '../query/filter.ts';
import { keyField } from '../values/index-keys.ts';
import { orderBy } from '../values/order.ts';
import { write } from '../values/raw.ts';

type Rows = ReturnType<typeof Lazy>;
type Stage = (rows: Rows, expr: Document, options: Options) => Rows;

/** Runs a pipeline. `readAll` gives the collections that stages such as $lookup name. */
export function* aggregateDocuments(
  rows: Iterable<Document>,
  pipeline: Document[],
  meaning: Meaning = {},
  readAll: (name: string) => Document[] = () => [],
): Generator<Document> {
  const options = { ...optionsOf(meaning), context, collectionResolver: readAll };
  yield* refusing(
    () =>
      new Aggregator(pipeline, options)
        .stream(rows as Iterable<Document> & Document[])
        .collect() as Document[],
  );
}

const match: Stage = (rows, filter, options) => {
  const variables = { ...options.variables, ...localsOf(options) };
  const literals = Object.entries(variables).map(([name, value]) => [name, { $literal: value }]);
  const meaning = {
    variables: Object.fromEntries(literals) as Document,
    collation: readCollation(options.collation),
  };
  const matches = compileFilter(filter, meaning);
  return rows.filter((doc: unknown) => matches(write(doc as Document)));
};

function localsOf(options: Options): Document {
  return ((options as { local?: { variables?: Document } }).local?.variables ?? {}) as Document;
}

const sort: Stage = (rows, wanted, options) => {
  const collation = readCollation(options.collation);
  const order = orderBy(Object.entries(wanted).map(([path, way]) => keyField(path, way, collation)));
  return rows.transform((docs: unknown[]) =>
    Lazy(
      (docs as Document[])
        .map((doc) => ({ doc, key: order.keyOf(write(doc)) }))
        .sort((a, b) => order.compare(a.key, b.key))
        .map(({ doc }) => doc),
    ),
  );
};

/** `_id` stands first in what MongoDB projects. */
const project: Stage = (rows, expr, options) =>
  (stages.$project as unknown as Stage)(rows, expr, options).map((doc: unknown) => {
    const { _id, ...rest } = doc as Document;
    return '_id' in (doc as Document) ? { _id: _id as unknown, ...rest } : (doc as Document);
  });

/** mingo works out windows by `$function`, which is put back for this one stage, and for nothing that was sent. */
const setWindowFields: Stage = (rows, expr, options) => {
  if (/"\$(function|accumulator)":/.test(JSON.stringify(expr)))
    throw new StoreError(2, 'This store runs no scripts');
  const inside = { ...plainOptions(options), scriptEnabled: true, context: makeContext() } as Options;
  return (stages.$setWindowFields as unknown as Stage)(rows, expr, inside);
};

function plainOptions(options: Options): object {
  return (options as { options?: object }).options ?? options;
}

function makeContext(): Context {
  const { $where: _w, ...filters } = queries as Record<string, unknown>;
  const { $out: _o, $merge: _m, ...others } = stages as Record<string, unknown>;
  return Context.init({
    ...operators,
    pipeline: { ...others, $match: match, $sort: sort, $project: project, $setWindowFields: setWindowFields },
    projection: projections,
    query: filters,
    window: windows,
  } as Parameters<typeof Context.init>[0]);
}

/** Everything that a pipeline may use. */
const context = makeContext();
