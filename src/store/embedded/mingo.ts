/**
 * What is left to mingo: aggregation, expressions and projections that are more than a list of fields. It works on parsed
 * documents; scripts are off. Its refusals become answers, as MongoDB's would.
 */
import type { Document } from 'bson';
import { Aggregator, Query } from 'mingo';
import { StoreError } from './errors.ts';

/** `$expr` of a filter, on a parsed document. */
export function compileExpression(expression: unknown, variables?: Document): (doc: Document) => boolean {
  const values = evaluated(variables);
  return refusing(() => {
    const query = new Query({ $expr: expression }, { scriptEnabled: false, variables: values });
    return (doc: Document) => refusing(() => query.test(doc));
  });
}

/** Runs a pipeline. `readAll` gives the collections that stages such as $lookup name. */
export function* aggregateDocuments(
  rows: Iterable<Document>,
  pipeline: Document[],
  variables?: Document,
  readAll: (name: string) => Document[] = () => [],
): Generator<Document> {
  const values = evaluated(variables);
  yield* refusing(() => {
    const options = { scriptEnabled: false, collectionResolver: readAll, variables: values };
    return new Aggregator(pipeline, options)
      .stream(rows as Iterable<Document> & Document[])
      .collect() as Document[];
  });
}

/** A projection with expressions, paths or array operators; the filter tells which element `$` is. */
export function compileShape(projection: Document, filter: Document): (doc: Document) => Document {
  return (doc) =>
    refusing(() => {
      const found = new Query(filter, { scriptEnabled: false }).find([doc], projection).next() as
        Document | undefined;
      return found ?? doc;
    });
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
    throw new StoreError(/undefined variable/i.test(message) ? 17276 : 2, message);
  }
}
