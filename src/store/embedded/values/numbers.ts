import { Decimal128 } from 'bson';
import { StoreError } from '../faults/errors.ts';
import { bsonType, type RawValue } from './raw.ts';

/** A number of BSON with its type: arithmetic keeps or widens the type as MongoDB does. */
type Numeric = { type: number; value: number | bigint | Decimal128 };

export function isNumeric({ type }: RawValue): boolean {
  return (
    type === bsonType.int || type === bsonType.long || type === bsonType.double || type === bsonType.decimal
  );
}

export function add(a: RawValue, b: RawValue): RawValue {
  return combine(a, b, '$inc');
}

export function multiply(a: RawValue, b: RawValue): RawValue {
  return combine(a, b, '$mul');
}

/** What `$mul` makes of a field that is not there. */
export function zeroLike(raw: RawValue): RawValue {
  const { type } = raw;
  return write({
    type,
    value: type === bsonType.decimal ? Decimal128.fromString('0') : type === bsonType.double ? 0 : 0n,
  });
}

function combine(left: RawValue, right: RawValue, operator: '$inc' | '$mul'): RawValue {
  const [a, b] = [read(left), read(right)];
  if (a.type === bsonType.decimal || b.type === bsonType.decimal) return write(decimalResult(a, b, operator));
  if (a.type === bsonType.double || b.type === bsonType.double) {
    const [x, y] = [Number(a.value), Number(b.value)];
    return write({ type: bsonType.double, value: operator === '$inc' ? x + y : x * y });
  }
  const [x, y] = [BigInt(a.value as bigint), BigInt(b.value as bigint)];
  const value = operator === '$inc' ? x + y : x * y;
  const ints = a.type === bsonType.int && b.type === bsonType.int;
  if (ints && BigInt.asIntN(32, value) === value) return write({ type: bsonType.int, value });
  if (BigInt.asIntN(64, value) === value) return write({ type: bsonType.long, value });
  throw new StoreError(2, `Failed to apply ${operator} operations to current value ((NumberLong)${x})`);
}

function decimalResult(a: Numeric, b: Numeric, operator: '$inc' | '$mul'): Numeric {
  const [x, y] = [exactly(a), exactly(b)];
  if (!x || !y) {
    const [p, q] = [Number(String(a.value)), Number(String(b.value))];
    return {
      type: bsonType.decimal,
      value: Decimal128.fromString(String(operator === '$inc' ? p + q : p * q)),
    };
  }
  const low = Math.min(x.exponent, y.exponent);
  const scaled = (n: typeof x) => n.digits * 10n ** BigInt(n.exponent - low);
  const text =
    operator === '$inc'
      ? `${scaled(x) + scaled(y)}E${low}`
      : `${x.digits * y.digits}E${x.exponent + y.exponent}`;
  return { type: bsonType.decimal, value: Decimal128.fromStringWithRounding(text) };
}

/** A finite number as digits × 10^exponent. Doubles count with the 15 digits that MongoDB converts them with. */
function exactly({ type, value }: Numeric): { digits: bigint; exponent: number } | undefined {
  const text = type === bsonType.double ? Number(value).toPrecision(15) : String(value);
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  return { digits: BigInt(sign + whole + fraction), exponent: Number(power) - fraction.length };
}

function read({ type, buf, at }: RawValue): Numeric {
  if (type === bsonType.int) return { type, value: BigInt(buf.readInt32LE(at)) };
  if (type === bsonType.long) return { type, value: buf.readBigInt64LE(at) };
  if (type === bsonType.double) return { type, value: buf.readDoubleLE(at) };
  return { type, value: new Decimal128(Uint8Array.from(buf.subarray(at, at + 16))) };
}

function write({ type, value }: Numeric): RawValue {
  const buf = Buffer.alloc(type === bsonType.decimal ? 16 : 8);
  if (type === bsonType.int) buf.writeInt32LE(Number(value));
  else if (type === bsonType.long) buf.writeBigInt64LE(BigInt(value as bigint));
  else if (type === bsonType.double) buf.writeDoubleLE(Number(value));
  else Buffer.from((value as Decimal128).bytes).copy(buf);
  return { type, buf, at: 0 };
}

/** `$bit` on two integers. */
export function bitwise(a: RawValue, b: RawValue, operation: string): RawValue {
  const [x, y] = [read(a).value as bigint, read(b).value as bigint];
  const value = operation === 'and' ? x & y : operation === 'or' ? x | y : x ^ y;
  const type = a.type === bsonType.int && b.type === bsonType.int ? bsonType.int : bsonType.long;
  return write({ type, value });
}
