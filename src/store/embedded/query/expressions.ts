/**
 * Expressions: mingo's, with ours in the place of those that would not do as MongoDB does. They compare and add values by
 * the same bytes and kinds of number as filters and indexes. Scripts are left out altogether.
 */
import { Decimal128, Long, ObjectId, type Document } from 'bson';
import { Aggregator } from 'mingo/aggregator';
import { Context, evalExpr } from 'mingo/core';
import * as accumulators from 'mingo/operators/accumulator';
import * as expressions from 'mingo/operators/expression';
import { $replaceWith } from 'mingo/operators/pipeline';
import { $expr } from 'mingo/operators/query';
import { Query } from 'mingo/query';
import { readCollation, type Collation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { keyOfValue } from '../values/keys.ts';
import { add, multiply } from '../values/numbers.ts';
import { rawOf, valueOf } from '../values/raw.ts';

/** What a filter or an expression means depends on: what `let` gives to it, and how text compares. */
export type Meaning = { variables?: Document; collation?: Collation };

export type Options = Parameters<typeof evalExpr>[2];
type Expression = (obj: unknown, expr: unknown, options: Options) => unknown;
type Accumulator = (rows: unknown[], expr: unknown, options: Options) => unknown;

/** What is missing comes before null, numbers of every kind are one kind. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number' && a === a && b === b) return a - b;
  if (typeof a === 'string' && a === b) return 0;
  return Buffer.compare(keyOfValue(a), keyOfValue(b));
}

const comparison =
  (name: string, holds: (order: number) => unknown): Expression =>
  (obj, expr, options) => {
    const values = evalExpr(obj, expr, options) as unknown[];
    if (!Array.isArray(values) || values.length !== 2)
      throw new StoreError(16020, `Expression ${name} takes exactly 2 arguments.`);
    const collation = readCollation(options.collation);
    const [a, b] = values;
    if (collation && typeof a === 'string' && typeof b === 'string')
      return holds(collation.fold(a) === collation.fold(b) ? 0 : collation.compare(a, b));
    return holds(compare(a, b));
  };

/** Numbers that JavaScript has not: mingo leaves them out, or gives up. */
const isExact = (value: unknown) => value instanceof Long || value instanceof Decimal128;
const isNumber = (value: unknown) => typeof value === 'number' || isExact(value);

const together = (combine: typeof add, values: unknown[]): unknown =>
  valueOf(values.map((value) => rawOf(value)).reduce((sum, value) => combine(sum, value)));

/** `plain` for numbers that JavaScript has, `combine` when there are others among them, mingo's own for the rest. */
const arithmetic =
  (
    plain: (numbers: number[]) => number,
    combine: (values: unknown[]) => unknown,
    otherwise: Expression,
  ): Expression =>
  (obj, expr, options) => {
    const values = evalExpr(obj, expr, options);
    if (!Array.isArray(values) || !values.length || !values.every(isNumber))
      return otherwise(obj, expr, options);
    return values.some(isExact) ? combine(values) : plain(values as number[]);
  };

const pushed = (rows: unknown[], expr: unknown, options: Options) =>
  (accumulators.$push as Accumulator)(rows, expr, options) as unknown[];

const sum: Accumulator = (rows, expr, options) => {
  const numbers = pushed(rows, expr, options).filter(isNumber);
  if (numbers.some(isExact)) return together(add, numbers);
  return (numbers as number[]).reduce((total, n) => total + n, 0);
};

const average: Accumulator = (rows, expr, options) => {
  const numbers = pushed(rows, expr, options).filter(isNumber);
  if (numbers.some((n) => n instanceof Decimal128))
    throw new StoreError(2, 'This store does not average decimals');
  return numbers.length ? numbers.reduce<number>((total, n) => total + Number(n), 0) / numbers.length : null;
};

const extreme =
  (wanted: 1 | -1): Accumulator =>
  (rows, expr, options) => {
    const values = pushed(rows, expr, options).filter((value) => value !== null && value !== undefined);
    if (!values.length) return null;
    return values.reduce((best, value) => (compare(value, best) * wanted > 0 ? value : best));
  };

const toText: Expression = (obj, expr, options) => {
  const value = evalExpr(obj, expr, options);
  if (value instanceof ObjectId) return value.toHexString();
  return isExact(value) ? String(value) : (expressions.$toString as Expression)(obj, expr, options);
};

const { $function: _f, ...mingoExpressions } = expressions as Record<string, unknown>;
const { $accumulator: _a, ...mingoAccumulators } = accumulators as Record<string, unknown>;

/** Everything that an expression may use. */
export const operators = {
  accumulator: { ...mingoAccumulators, $sum: sum, $avg: average, $max: extreme(1), $min: extreme(-1) },
  expression: {
    ...mingoExpressions,
    $eq: comparison('$eq', (order) => order === 0),
    $ne: comparison('$ne', (order) => order !== 0),
    $gt: comparison('$gt', (order) => order > 0),
    $gte: comparison('$gte', (order) => order >= 0),
    $lt: comparison('$lt', (order) => order < 0),
    $lte: comparison('$lte', (order) => order <= 0),
    $cmp: comparison('$cmp', Math.sign),
    $add: arithmetic(
      (numbers) => numbers.reduce((a, b) => a + b),
      (values) => together(add, values),
      expressions.$add as Expression,
    ),
    $multiply: arithmetic(
      (numbers) => numbers.reduce((a, b) => a * b),
      (values) => together(multiply, values),
      expressions.$multiply as Expression,
    ),
    $subtract: arithmetic(
      ([a, b]) => a! - b!,
      ([a, b]) => together(add, [a, together(multiply, [b, -1])]),
      expressions.$subtract as Expression,
    ),
    $toString: toText,
  },
};

const context = Context.init({ ...operators, query: { $expr }, pipeline: { $replaceWith } } as Parameters<
  typeof Context.init
>[0]);

/** How mingo is to work out what a filter, projection or pipeline asks. */
export function optionsOf({ variables, collation }: Meaning) {
  return {
    scriptEnabled: false,
    context,
    variables: evaluated(variables),
    ...(collation ? { collation: collation.spec as Options['collation'] } : {}),
  };
}

/** The variables of `let`: each an expression without fields. */
function evaluated(variables: Document | undefined): Document | undefined {
  if (!variables || !Object.keys(variables).length) return undefined;
  return compileValues(variables, {})({});
}

/** `$expr` of a filter, on a parsed document. */
export function compileExpression(expression: unknown, meaning: Meaning): (doc: Document) => boolean {
  const options = optionsOf(meaning);
  return refusing(() => {
    const query = new Query({ $expr: expression }, options);
    return (doc: Document) => refusing(() => query.test(doc));
  });
}

/** The values of expressions on a parsed document; undefined for those that have none. */
export function compileValues(values: Document, meaning: Meaning): (doc: Document) => Document {
  const aggregator = new Aggregator([{ $replaceWith: values }], optionsOf(meaning));
  return (doc) => refusing(() => (aggregator.run([doc]) as Document[])[0] ?? {});
}

/** Turns what mingo refuses into what MongoDB says of it. */
export function refusing<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const { message } = error as Error;
    const stage = /^unregistered pipeline operator (.+)\.$/.exec(message)?.[1];
    if (stage) throw new StoreError(40324, `Unrecognized pipeline stage name: '${stage}'`);
    const operator = /^accumulator '(.+)' is not registered\.$/.exec(message)?.[1];
    if (operator) throw new StoreError(168, `Unrecognized expression '${operator}'`);
    throw new StoreError(/undefined variable/i.test(message) ? 17276 : 2, message);
  }
}
