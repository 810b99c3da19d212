/** `$jsonSchema`: JSON Schema draft 4 with MongoDB's `bsonType`. https://www.mongodb.com/docs/manual/reference/operator/query/jsonSchema/ */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { keyOf, keyOfValue, tag, tagOf } from '../values/keys.ts';
import { bsonType, Elements, fieldOf, valueOf, type RawValue } from '../values/raw.ts';
import { hasType, isDocument, toPattern } from './value-tests.ts';

type Matches = (value: RawValue) => boolean;
type Keyword = (argument: unknown, schema: Document) => Matches;

/** @throws 2, 9, 14 for what is no schema, or uses what MongoDB has not either */
export function compileSchema(schema: unknown): Matches {
  if (!isDocument(schema)) throw new StoreError(14, '$jsonSchema must be an object');
  const tests: Matches[] = [];
  for (const [name, argument] of Object.entries(schema)) {
    if (notes.has(name)) continue;
    const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined;
    if (!keyword) throw new StoreError(9, `Unknown $jsonSchema keyword: ${name}`);
    tests.push(keyword(argument, schema));
  }
  return (value) => tests.every((test) => test(value));
}

/** Keywords without a meaning of their own. */
const notes = new Set(['title', 'description', 'exclusiveMinimum', 'exclusiveMaximum', 'additionalItems']);

const jsonTypes: Record<string, string> = {
  array: 'array',
  boolean: 'bool',
  null: 'null',
  number: 'number',
  object: 'object',
  string: 'string',
};

const isObject = (value: RawValue) => value.type === bsonType.object;
const isArray = (value: RawValue) => value.type === bsonType.array;
/** A keyword speaks of values of one kind, and lets the others pass. */
const when =
  (kind: Matches, test: Matches): Matches =>
  (value) =>
    !kind(value) || test(value);
const isNumber = (value: RawValue) => tagOf(value.type) === tag.number;
const isText = (value: RawValue) => value.type === bsonType.string;
const lengthOf = (value: RawValue) => [...String(valueOf(value))].length;

function count(value: RawValue): number {
  const element = new Elements(value.buf, value.at);
  let n = 0;
  while (element.next()) n++;
  return n;
}

function everyElement(value: RawValue, test: (element: RawValue, name: string) => boolean): boolean {
  const element = new Elements(value.buf, value.at);
  while (element.next()) if (!test(element.raw, element.name)) return false;
  return true;
}

const size =
  (kind: Matches, of: (value: RawValue) => number, holds: (n: number, limit: number) => boolean): Keyword =>
  (argument) => {
    if (typeof argument !== 'number' || !Number.isInteger(argument) || argument < 0)
      throw new StoreError(9, `$jsonSchema limits of size are whole numbers, not ${String(argument)}`);
    return when(kind, (value) => holds(of(value), argument));
  };

/** `minimum` and `maximum`, which `exclusive…` makes strict. */
const bound =
  (below: boolean): Keyword =>
  (argument, schema) => {
    const key = keyOfValue(argument);
    const exclusive = schema[below ? 'exclusiveMaximum' : 'exclusiveMinimum'] === true;
    return when(isNumber, (value) => {
      const order = Buffer.compare(keyOf(value), key) * (below ? 1 : -1);
      return exclusive ? order < 0 : order <= 0;
    });
  };

const schemas = (argument: unknown, keyword: string): Matches[] => {
  if (!Array.isArray(argument) || !argument.length)
    throw new StoreError(2, `$jsonSchema keyword '${keyword}' must be an array that is not empty`);
  return argument.map(compileSchema);
};

const named = (argument: unknown, keyword: string): [string, unknown][] => {
  if (!isDocument(argument)) throw new StoreError(14, `$jsonSchema keyword '${keyword}' must be an object`);
  return Object.entries(argument);
};

const names = (argument: unknown, keyword: string): Buffer[] => {
  if (!Array.isArray(argument)) throw new StoreError(14, `$jsonSchema keyword '${keyword}' must be an array`);
  return argument.map((name) => Buffer.from(String(name)));
};

const hasAll = (fields: Buffer[], { buf, at }: RawValue) =>
  fields.every((name) => fieldOf(buf, at, name) !== undefined);

const keywords: Record<string, Keyword> = {
  bsonType: (argument) => hasType(argument),
  type: (argument) => {
    const wanted = (Array.isArray(argument) ? argument : [argument]).map((one) => jsonTypes[String(one)]);
    if (wanted.includes(undefined))
      throw new StoreError(9, `$jsonSchema type '${String(argument)}' is not supported, use bsonType`);
    return hasType(wanted);
  },
  enum: (argument) => {
    if (!Array.isArray(argument)) throw new StoreError(14, "$jsonSchema keyword 'enum' must be an array");
    const keys = new Set(argument.map((one) => keyOfValue(one).toString('latin1')));
    return (value) => keys.has(keyOf(value).toString('latin1'));
  },
  allOf: (argument) => {
    const all = schemas(argument, 'allOf');
    return (value) => all.every((matches) => matches(value));
  },
  anyOf: (argument) => {
    const any = schemas(argument, 'anyOf');
    return (value) => any.some((matches) => matches(value));
  },
  oneOf: (argument) => {
    const one = schemas(argument, 'oneOf');
    return (value) => one.filter((matches) => matches(value)).length === 1;
  },
  not: (argument) => {
    const matches = compileSchema(argument);
    return (value) => !matches(value);
  },
  minimum: bound(false),
  maximum: bound(true),
  multipleOf: (argument) =>
    when(isNumber, (value) => Number.isInteger(Number(String(valueOf(value))) / Number(argument))),
  minLength: size(isText, lengthOf, (n, limit) => n >= limit),
  maxLength: size(isText, lengthOf, (n, limit) => n <= limit),
  pattern: (argument) => {
    const pattern = toPattern(argument, undefined);
    return when(isText, (value) => pattern.test(String(valueOf(value))));
  },
  minItems: size(isArray, count, (n, limit) => n >= limit),
  maxItems: size(isArray, count, (n, limit) => n <= limit),
  uniqueItems: (argument) =>
    when(isArray, (value) => {
      const seen = new Set<string>();
      return (
        !argument || everyElement(value, (one) => seen.size < seen.add(keyOf(one).toString('latin1')).size)
      );
    }),
  items: (argument, schema) => {
    if (!Array.isArray(argument)) {
      const matches = compileSchema(argument);
      return when(isArray, (value) => everyElement(value, matches));
    }
    const inTurn = argument.map(compileSchema);
    const rest = restOf(schema['additionalItems']);
    return when(isArray, (value) => {
      let at = 0;
      return everyElement(value, (one) => (inTurn[at++] ?? rest)(one));
    });
  },
  minProperties: size(isObject, count, (n, limit) => n >= limit),
  maxProperties: size(isObject, count, (n, limit) => n <= limit),
  required: (argument) => {
    const fields = names(argument, 'required');
    return when(isObject, (value) => hasAll(fields, value));
  },
  properties: (argument) => {
    const fields = named(argument, 'properties').map(
      ([name, schema]) => [Buffer.from(name), compileSchema(schema)] as const,
    );
    return when(isObject, (value) =>
      fields.every(([name, matches]) => {
        const field = fieldOf(value.buf, value.at, name);
        return !field || matches(field);
      }),
    );
  },
  patternProperties: (argument) => {
    const patterns = named(argument, 'patternProperties').map(
      ([pattern, schema]) => [toPattern(pattern, undefined), compileSchema(schema)] as const,
    );
    return when(isObject, (value) =>
      everyElement(value, (field, name) =>
        patterns.every(([pattern, matches]) => !pattern.test(name) || matches(field)),
      ),
    );
  },
  additionalProperties: (argument, schema) => {
    const rest = restOf(argument);
    const known = new Set(Object.keys((schema['properties'] as Document | undefined) ?? {}));
    const patterns = Object.keys((schema['patternProperties'] as Document | undefined) ?? {}).map((pattern) =>
      toPattern(pattern, undefined),
    );
    return when(isObject, (value) =>
      everyElement(
        value,
        (field, name) => known.has(name) || patterns.some((pattern) => pattern.test(name)) || rest(field),
      ),
    );
  },
  dependencies: (argument) => {
    const all = named(argument, 'dependencies').map(([name, needs]) => {
      const fields = Array.isArray(needs) ? names(needs, 'dependencies') : undefined;
      const matches = fields ? (value: RawValue) => hasAll(fields, value) : compileSchema(needs);
      return { name: Buffer.from(name), matches };
    });
    return when(isObject, (value) =>
      all.every(({ name, matches }) => !fieldOf(value.buf, value.at, name) || matches(value)),
    );
  },
};

/** What stands for everything that is not named: a schema, or whether it may be there. */
function restOf(argument: unknown): Matches {
  if (argument === undefined || typeof argument === 'boolean') return () => argument !== false;
  return compileSchema(argument);
}
