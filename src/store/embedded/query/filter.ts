import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import type { Meaning } from './expressions.ts';
import { expressions } from './on-demand.ts';
import { isIndex, nth } from '../values/index-keys.ts';
import { compileSchema } from './json-schema.ts';

import { bsonType, Elements, fieldOf, valueOf, type RawValue } from '../values/raw.ts';
import {
  compares,
  equals,
  hasBits,
  hasRemainder,
  hasSize,
  hasType,
  isDocument,
  isIn,
  isOperators,
  isPattern,
  isThere,
  matchPattern,
  toPattern,
  truth,
  type Test,
} from './value-tests.ts';

/** Does a document match? */
export type Filter = (doc: Buffer) => boolean;

/**
 * Compiles a query filter to a function on raw documents, with MongoDB's semantics: a path goes through arrays, a
 * condition holds when it holds for the value or for an element of it, comparison stays within a type.
 * https://www.mongodb.com/docs/manual/reference/operator/query/
 */
export function compileFilter(filter: Document, meaning: Meaning = {}): Filter {
  const test = compileDocument(filter, meaning);
  return (doc) => test({ type: bsonType.object, buf: doc, at: 0 });
}

/** The fields of a DBRef are fields like others. */
const dbRefFields = new Set(['$ref', '$id', '$db']);

type DocumentTest = (value: RawValue) => boolean;

function compileDocument(filter: Document, meaning: Meaning): DocumentTest {
  const tests: DocumentTest[] = [];
  for (const [name, condition] of Object.entries(filter)) {
    if (name.startsWith('$') && !dbRefFields.has(name)) tests.push(compileLogical(name, condition, meaning));
    else tests.push(compileField(name, condition, meaning));
  }
  if (tests.length === 1) return tests[0]!;
  return (value) => tests.every((test) => test(value));
}

function compileLogical(name: string, condition: unknown, meaning: Meaning): DocumentTest {
  switch (name) {
    case '$and':
    case '$or':
    case '$nor': {
      if (!Array.isArray(condition)) throw new StoreError(2, `${name} must be an array`);
      if (!condition.length) throw new StoreError(2, '$and/$or/$nor must be a nonempty array');
      const tests = condition.map((one) => {
        if (!isDocument(one)) throw new StoreError(2, '$or/$and/$nor entries need to be full objects');
        return compileDocument(one, meaning);
      });
      if (name === '$and') return (value) => tests.every((test) => test(value));
      if (name === '$or') return (value) => tests.some((test) => test(value));
      return (value) => !tests.some((test) => test(value));
    }
    case '$expr': {
      const holds = expressions().compileExpression(condition, meaning);
      return (value) => holds(valueOf(value) as Document);
    }
    case '$jsonSchema': {
      const matches = compileSchema(condition);
      return (value) => matches(value);
    }
    case '$where':
    case '$text':
      throw new StoreError(2, `This store does not run ${name}`);
    case '$comment':
      return () => true;
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    default:
      throw new StoreError(
        2,
        `unknown top level operator: ${name}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

function compileField(path: string, condition: unknown, meaning: Meaning): DocumentTest {
  const parts = path.split('.').map((part) => Buffer.from(part));
  const conditions = compileCondition(path, condition, meaning);
  return (value) => conditions.every((holds) => holds(value, parts));
}

/** A condition on whatever the rest of a path leads to. */
type Condition = (from: RawValue, parts: Buffer[]) => boolean;

const any =
  (test: Test): Condition =>
  (from, parts) =>
    descend(from, parts, 0, test, false);
/** Takes an array as one value instead of looking at its elements. */
const whole =
  (test: Test): Condition =>
  (from, parts) =>
    descend(from, parts, 0, test, true);
const none =
  (condition: Condition): Condition =>
  (from, parts) =>
    !condition(from, parts);

/** Tries the test on every value that the path leads to, until one passes. */
function descend(value: RawValue, parts: Buffer[], index: number, test: Test, asWhole: boolean): boolean {
  if (index === parts.length) {
    if (value.type !== bsonType.array || asWhole || parts === noParts) return test(value);
    const element = new Elements(value.buf, value.at);
    while (element.next()) if (test(element.raw)) return true;
    return test(value);
  }
  if (value.type === bsonType.object) {
    const found = fieldOf(value.buf, value.at, parts[index]!);
    return found ? descend(found, parts, index + 1, test, asWhole) : test(undefined);
  }
  if (value.type !== bsonType.array) return test(undefined);
  const part = parts[index]!;
  if (isIndex(part)) {
    const at = nth(value, Number(part.toString()));
    if (at && descend(at, parts, index + 1, test, asWhole)) return true;
  }
  const element = new Elements(value.buf, value.at);
  while (element.next()) {
    if (element.type === bsonType.object && descend(element.raw, parts, index, test, asWhole)) return true;
  }
  return false;
}

function compileCondition(path: string, condition: unknown, meaning: Meaning): Condition[] {
  if (isPattern(condition)) return [any(matchPattern(condition))];
  if (!isDocument(condition) || !isOperators(condition)) return [any(equals(condition, meaning.collation))];
  const conditions: Condition[] = [];
  for (const [operator, argument] of Object.entries(condition)) {
    if (operator === '$options' && '$regex' in condition) continue;
    conditions.push(...compileOperator(path, operator, argument, condition, meaning));
  }
  return conditions;
}

function compileOperator(
  path: string,
  operator: string,
  argument: unknown,
  condition: Document,
  meaning: Meaning,
): Condition[] {
  const { collation } = meaning;
  switch (operator) {
    case '$eq':
      return [any(equals(argument, collation))];
    case '$ne':
      if (isPattern(argument)) throw new StoreError(2, "Can't have regex as arg to $ne.");
      return [none(any(equals(argument, collation)))];
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (isPattern(argument))
        throw new StoreError(2, `Can't have RegEx as arg to predicate over field '${path}'.`);
      return [any(compares(operator, argument, collation))];
    case '$in':
      return [any(isIn(operator, argument, collation))];
    case '$nin':
      return [none(any(isIn(operator, argument, collation)))];
    case '$exists':
      return truth(argument) ? [whole(isThere)] : [none(whole(isThere))];
    case '$type':
      return [any(hasType(argument))];
    case '$regex':
      return [any(matchPattern(toPattern(argument, condition['$options'])))];
    case '$mod':
      return [any(hasRemainder(argument))];
    case '$size':
      return [whole(hasSize(argument))];
    case '$all':
      return hasAll(path, argument, meaning);
    case '$elemMatch':
      return [whole(elemMatch(argument, meaning))];
    case '$not': {
      if (!isPattern(argument) && !(isDocument(argument) && isOperators(argument))) {
        throw new StoreError(2, '$not needs a regex or a document');
      }
      const conditions = compileCondition(path, argument, meaning);
      return [(from, parts) => !conditions.every((holds) => holds(from, parts))];
    }
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return [any(hasBits(operator, argument))];
    case '$comment':
      return [];
    case '$near':
    case '$nearSphere':
    case '$geoWithin':
    case '$geoIntersects':
      throw new StoreError(2, `This store does not search by place: ${operator} is not supported`);
    default:
      throw new StoreError(2, `unknown operator: ${operator}`);
  }
}

function hasAll(path: string, argument: unknown, meaning: Meaning): Condition[] {
  if (!Array.isArray(argument)) throw new StoreError(2, '$all needs an array');
  if (!argument.length) return [() => false];
  return argument.flatMap((one) => {
    if (isDocument(one) && isOperators(one)) {
      if (!('$elemMatch' in one)) throw new StoreError(2, 'no $ expressions in $all');
      return compileCondition(path, one, meaning);
    }
    return [any(isPattern(one) ? matchPattern(one) : equals(one, meaning.collation))];
  });
}

function elemMatch(argument: unknown, meaning: Meaning): Test {
  if (!isDocument(argument)) throw new StoreError(2, '$elemMatch needs an Object');
  const matches = matchElement(argument, meaning);
  return (value) => {
    if (value?.type !== bsonType.array) return false;
    const element = new Elements(value.buf, value.at);
    while (element.next()) if (matches(element.raw)) return true;
    return false;
  };
}

/** The conditions that are of a whole document, however deep they stand. */
const ofDocuments = new Set(['$and', '$or', '$nor', '$expr', '$comment', '$jsonSchema']);

/** Does one element of an array match what $elemMatch says of it: operators on it, or a filter of its fields? */
function matchElement(condition: Document, meaning: Meaning): (value: RawValue) => boolean {
  if (!isByValue(condition)) return matchDocument(condition, meaning);
  const conditions = compileCondition('', condition, meaning);
  return (value) => conditions.every((holds) => holds(value, noParts));
}

/** Operators on a value, rather than a filter of fields? */
function isByValue(condition: Document): boolean {
  const [first = ''] = Object.keys(condition);
  return isOperators(condition) && !ofDocuments.has(first);
}

/** An element of $elemMatch: an array among them is one value, its elements are not looked at. */
const noParts: Buffer[] = [];

/** Does an element match what $pull says of it? Unlike in $elemMatch, an array also matches by its elements. */
export function matchPulled(condition: Document): (value: RawValue) => boolean {
  if (!isByValue(condition)) return matchDocument(condition, {});
  const conditions = compileCondition('', condition, {});
  const itself: Buffer[] = [];
  return (value) => conditions.every((holds) => holds(value, itself));
}

/** Does a value, if it is a document, match a filter? An array counts as the document of its positions. */
function matchDocument(filter: Document, meaning: Meaning): (value: RawValue) => boolean {
  const test = compileDocument(filter, meaning);
  return (value) => {
    if (value.type === bsonType.array) return test({ ...value, type: bsonType.object });
    return value.type === bsonType.object && test(value);
  };
}
