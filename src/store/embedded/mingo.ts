/**
 * What is left to mingo: aggregation, and expressions. It works on parsed documents; scripts are off. Its refusals become
 * answers, as MongoDB's would.
 */
import type { Document } from 'bson';
import { Aggregator, Query } from 'mingo';
import type { Collation } from './collation.ts';
import { StoreError } from './errors.ts';
import type { Meaning } from './filter.ts';

/** `$expr` of a filter, on a parsed document. */
export function compileExpression(expression: unknown, meaning: Meaning): (doc: Document) => boolean {
  const options = optionsOf(meaning);
  return refusing(() => {
    const query = new Query({ $expr: expression }, options);
    return (doc: Document) => refusing(() => query.test(doc));
  });
}

/** Runs a pipeline. `readAll` gives the collections that stages such as $lookup name. */
export function* aggregateDocuments(
  rows: Iterable<Document>,
  pipeline: Document[],
  meaning: Meaning = {},
  readAll: (name: string) => Document[] = () => [],
): Generator<Document> {
  const options = { ...optionsOf(meaning), collectionResolver: readAll };
  yield* refusing(
    () =>
      new Aggregator(pipeline, options)
        .stream(rows as Iterable<Document> & Document[])
        .collect() as Document[],
  );
}

/** The values of expressions on a parsed document; those that have none are left out. */
export function compileValues(expressions: Document, meaning: Meaning): (doc: Document) => Document {
  const options = optionsOf(meaning);
  const aggregator = refusing(() => new Aggregator([{ $replaceWith: expressions }], options));
  return (doc) => refusing(() => (aggregator.run([doc]) as Document[])[0] ?? {});
}

function optionsOf({ variables, collation }: Meaning) {
  return {
    scriptEnabled: false,
    variables: evaluated(variables),
    ...(collation ? { collation: collationOptions(collation) } : {}),
  };
}

function collationOptions({ spec }: Collation) {
  const { locale, caseLevel, caseFirst, strength, numericOrdering, alternate } = spec;
  return {
    locale: String(locale).replaceAll('_', '-'),
    caseLevel,
    caseFirst,
    strength,
    numericOrdering,
    alternate,
  };
}

/** The variables of `let`: each an expression without fields. */
function evaluated(variables: Document | undefined): Document | undefined {
  if (!variables || !Object.keys(variables).length) return undefined;
  return refusing(() => {
    const [values] = new Aggregator([{ $replaceWith: variables }], { scriptEnabled: false }).run([
      {},
    ]) as Document[];
    return values;
  });
}

function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const { message } = error as Error;
    const stage = /^unregistered pipeline operator (.+)\.$/.exec(message)?.[1];
    if (stage) throw new StoreError(40324, `Unrecognized pipeline stage name: '${stage}'`);
    throw new StoreError(/undefined variable/i.test(message) ? 17276 : 2, message);
  }
}
