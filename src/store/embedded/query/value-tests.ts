/** The tests that query operators make of one value. */
import { BSONRegExp, type Document } from 'bson';
import type { Collation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import { keyOf, keyOfValue, tag, tagOf } from '../values/keys.ts';
import { compareValues } from '../values/order.ts';
import { bsonType, Elements, rawOf, valueOf, type RawValue } from '../values/raw.ts';

/** A test of one value; undefined where the path leads nowhere. */
export type Test = (value: RawValue | undefined) => boolean;

export const isThere: Test = (value) => value !== undefined;

export function equals(wanted: unknown, collation?: Collation): Test {
  if (wanted === null || wanted === undefined) return isNullish;
  const key = keyOfValue(wanted, collation);
  const first = key[0]!;
  return (value) => value !== undefined && tagOf(value.type) === first && keyOf(value, collation).equals(key);
}

const isNullish: Test = (value) =>
  value === undefined || value.type === bsonType.null || value.type === bsonType.undefined;

/** Comparison holds only between values of one type; with null, only "or equal" can hold. NaN equals only itself. */
export function compares(operator: string, wanted: unknown, collation?: Collation): Test {
  const orEqual = operator.endsWith('e');
  if (wanted === null || wanted === undefined) return orEqual ? isNullish : () => false;
  const below = operator.startsWith('$l');
  const key = keyOfValue(wanted);
  const first = key[0]!;
  const anyType = first === tag.minKey || first === tag.maxKey;
  const raw = collation && rawOf(wanted);
  return (value) => {
    if (value === undefined || (tagOf(value.type) !== first && !anyType)) return false;
    if (first === tag.number && isNaNValue(value) !== isNaNKey(key)) return false;
    const order = collation && raw ? compareValues(value, raw, collation) : Buffer.compare(keyOf(value), key);
    return order === 0 ? orEqual : below === order < 0;
  };
}

export function isNaNKey(key: Buffer): boolean {
  return key[0] === tag.number && key.readUInt32BE(1) === 0 && key.readUInt32BE(5) === 0;
}

function isNaNValue(value: RawValue): boolean {
  if (value.type === bsonType.double) return Number.isNaN(value.buf.readDoubleLE(value.at));
  return value.type === bsonType.decimal && isNaNKey(keyOf(value));
}

export function isIn(operator: string, argument: unknown, collation?: Collation): Test {
  if (!Array.isArray(argument)) throw new StoreError(2, `${operator} needs an array`);
  const keys = new Set<string>();
  const patterns: Test[] = [];
  let nullish = false;
  for (const wanted of argument) {
    if (isPattern(wanted)) patterns.push(matchPattern(wanted));
    else if (wanted === null || wanted === undefined) nullish = true;
    else {
      if (isDocument(wanted) && isOperators(wanted))
        throw new StoreError(2, `cannot nest $ under ${operator}`);
      keys.add(keyOfValue(wanted, collation).toString('latin1'));
    }
  }
  return (value) => {
    if (nullish && isNullish(value)) return true;
    if (value === undefined) return false;
    return keys.has(keyOf(value, collation).toString('latin1')) || patterns.some((test) => test(value));
  };
}

const typeNames: Record<string, number[]> = {
  double: [1],
  string: [2],
  object: [3],
  array: [4],
  binData: [5],
  undefined: [6],
  objectId: [7],
  bool: [8],
  date: [9],
  null: [10],
  regex: [11],
  dbPointer: [12],
  javascript: [13],
  symbol: [14],
  javascriptWithScope: [15],
  int: [16],
  timestamp: [17],
  long: [18],
  decimal: [19],
  minKey: [255],
  maxKey: [127],
  number: [1, 16, 18, 19],
};

export function hasType(argument: unknown): Test {
  const types = new Set<number>();
  for (const one of Array.isArray(argument) ? argument : [argument]) {
    const named = typeof one === 'string' ? typeNames[one] : undefined;
    if (typeof one === 'string' && !named) throw new StoreError(2, `Unknown type name alias: ${one}`);
    const code = Number(one);
    if (!named && !Object.values(typeNames).some(([type]) => type === (code === -1 ? 255 : code))) {
      throw new StoreError(2, `Invalid numerical type code: ${String(one)}`);
    }
    for (const type of named ?? [code === -1 ? 255 : code]) types.add(type);
  }
  return (value) => value !== undefined && types.has(value.type);
}

/** A pattern, however it was sent: BSON regular expressions arrive as RegExp or BSONRegExp. */
export type Pattern = RegExp | BSONRegExp;
export function isPattern(value: unknown): value is Pattern {
  return value instanceof RegExp || value instanceof BSONRegExp;
}

export function toPattern(argument: unknown, options: unknown): RegExp {
  const from =
    argument instanceof BSONRegExp ? { source: argument.pattern, flags: argument.options } : argument;
  if (typeof from !== 'string' && !(from instanceof RegExp) && !isDocument(from)) {
    throw new StoreError(2, '$regex has to be a string');
  }
  const { source, flags } = typeof from === 'string' ? { source: from, flags: '' } : (from as RegExp);
  const wanted = typeof options === 'string' ? options : flags;
  const unknown = [...wanted].find((flag) => !'imsxugdy'.includes(flag));
  if (unknown) throw new StoreError(2, `invalid flag in regex options: ${unknown}`);
  try {
    const bare = wanted.includes('x')
      ? source.replace(/\\.|\[(?:\\.|[^\]])*\]|\s+|#.*$/gm, keepMeaning)
      : source;
    return new RegExp(bare, [...new Set(wanted)].filter((flag) => 'ims'.includes(flag)).join(''));
  } catch (error) {
    throw new StoreError(2, `Regular expression is invalid: ${(error as Error).message}`);
  }
}

/** Of an extended pattern, white space and comments mean nothing; escapes and classes stay. */
function keepMeaning(match: string): string {
  return match.startsWith('\\') || match.startsWith('[') ? match : '';
}

export function matchPattern(pattern: Pattern): Test {
  const regex = toPattern(pattern, undefined);
  const key = keyOfValue(pattern);
  return (value) => {
    if (value === undefined) return false;
    if (value.type === bsonType.string || value.type === bsonType.symbol) return regex.test(textOf(value));
    return value.type === bsonType.regex && keyOf(value).equals(key);
  };
}

function textOf({ buf, at }: RawValue): string {
  return buf.toString('utf8', at + 4, at + 3 + buf.readInt32LE(at));
}

export function hasRemainder(argument: unknown): Test {
  if (!Array.isArray(argument)) throw new StoreError(2, 'malformed mod, needs to be an array');
  if (argument.length < 2) throw new StoreError(2, 'malformed mod, not enough elements');
  if (argument.length > 2) throw new StoreError(2, 'malformed mod, too many elements');
  const [divisor, remainder] = argument.map((one) => Math.trunc(Number(one))) as [number, number];
  if (!Number.isFinite(divisor)) throw new StoreError(2, 'malformed mod, divisor not a number');
  if (!Number.isFinite(remainder)) throw new StoreError(2, 'malformed mod, remainder not a number');
  if (divisor === 0) throw new StoreError(2, 'divisor cannot be 0');
  return (value) => {
    if (value === undefined || tagOf(value.type) !== tag.number) return false;
    const number = Number(String(valueOf(value)));
    return Number.isFinite(number) && Math.trunc(number) % divisor === remainder;
  };
}

export function hasSize(argument: unknown): Test {
  if (typeof argument !== 'number' || !Number.isInteger(argument)) {
    throw new StoreError(2, `Failed to parse $size. Expected an integer, but got: ${String(argument)}`);
  }
  if (argument < 0)
    throw new StoreError(2, `Failed to parse $size. Expected a non-negative number in: $size: ${argument}`);
  return (value) => value?.type === bsonType.array && countOf(value) === argument;
}

function countOf(array: RawValue): number {
  const element = new Elements(array.buf, array.at);
  let count = 0;
  while (element.next()) count++;
  return count;
}

export function hasBits(operator: string, argument: unknown): Test {
  const mask = bitMask(operator, argument);
  return (value) => {
    if (value === undefined) return false;
    const bits = bitsOf(value);
    if (bits === undefined) return false;
    if (operator === '$bitsAllSet') return (bits & mask) === mask;
    if (operator === '$bitsAnySet') return (bits & mask) !== 0n;
    if (operator === '$bitsAllClear') return (bits & mask) === 0n;
    return (bits & mask) !== mask;
  };
}

function bitMask(operator: string, argument: unknown): bigint {
  if (Array.isArray(argument))
    return argument.reduce((mask: bigint, position) => mask | (1n << BigInt(Number(position))), 0n);
  const bits = bitsOf(rawOf(argument));
  if (bits === undefined || bits < 0n) {
    throw new StoreError(
      2,
      `${operator} takes an Array, a number, or a BinData but received: ${String(argument)}`,
    );
  }
  return bits;
}

function bitsOf(value: RawValue): bigint | undefined {
  if (value.type === bsonType.int) return BigInt(value.buf.readInt32LE(value.at));
  if (value.type === bsonType.long) return value.buf.readBigInt64LE(value.at);
  if (value.type === bsonType.double) {
    const number = value.buf.readDoubleLE(value.at);
    return Number.isInteger(number) && Math.abs(number) < 2 ** 63 ? BigInt(number) : undefined;
  }
  if (value.type !== bsonType.binary) return undefined;
  const bytes = value.buf.subarray(value.at + 5, value.at + 5 + value.buf.readInt32LE(value.at));
  return bytes.reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

export function truth(value: unknown): boolean {
  return value !== false && value !== 0 && value !== null && value !== undefined;
}

/** A plain document, not one of BSON's value classes. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function isOperators(value: Document): boolean {
  const [first] = Object.keys(value);
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}
