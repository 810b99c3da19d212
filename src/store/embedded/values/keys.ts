/**
 * Values as bytes whose order (memcmp) is MongoDB's order of values, whatever their types: one encoding decides what is
 * equal, what comes first and what an index holds. Every encoded value is prefix-free, so that values stand one after
 * another in a compound key, and the complement of its bytes is its place in descending order.
 * Order of types: https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
 */
import { Decimal128 } from 'bson';
import type { Collation } from './collation.ts';
import { bsonType as t, Elements, rawOf, type RawValue } from './raw.ts';

/** The first byte of an encoded value. 0 ends an object or array, so no tag is 0. */
export const tag = {
  minKey: 0x08,
  undefined: 0x10,
  null: 0x18,
  number: 0x20,
  string: 0x28,
  object: 0x30,
  array: 0x38,
  binary: 0x40,
  objectId: 0x48,
  bool: 0x50,
  date: 0x58,
  timestamp: 0x60,
  regex: 0x68,
  dbPointer: 0x70,
  code: 0x78,
  codeWithScope: 0x80,
  maxKey: 0x88,
} as const;

const tagOfType: Record<number, number> = {
  [t.double]: tag.number,
  [t.int]: tag.number,
  [t.long]: tag.number,
  [t.decimal]: tag.number,
  [t.string]: tag.string,
  [t.symbol]: tag.string,
  [t.object]: tag.object,
  [t.array]: tag.array,
  [t.binary]: tag.binary,
  [t.undefined]: tag.undefined,
  [t.objectId]: tag.objectId,
  [t.bool]: tag.bool,
  [t.date]: tag.date,
  [t.null]: tag.null,
  [t.regex]: tag.regex,
  [t.dbPointer]: tag.dbPointer,
  [t.code]: tag.code,
  [t.codeWithScope]: tag.codeWithScope,
  [t.timestamp]: tag.timestamp,
  [t.minKey]: tag.minKey,
  [t.maxKey]: tag.maxKey,
};

/** The tag of a raw value's type. */
export function tagOf(type: number): number {
  return tagOfType[type]!;
}

/** Collects the bytes of one key; used again for the next. */
export class KeyWriter {
  #buf = Buffer.allocUnsafe(1024);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  byte(value: number): void {
    if (this.#at === this.#buf.length) this.#grow(1);
    this.#buf[this.#at++] = value;
  }

  bytes(from: Buffer, start: number, end: number): void {
    this.#grow(end - start);
    from.copy(this.#buf, this.#at, start, end);
    this.#at += end - start;
  }

  uint32(value: number): void {
    this.#grow(4);
    this.#buf.writeUInt32BE(value >>> 0, this.#at);
    this.#at += 4;
  }

  /** Text: 0 ends it; a 0 or 1 inside is written as 1 and itself plus one. */
  text(from: Buffer, start: number, end: number): void {
    this.#grow((end - start) * 2 + 1);
    const out = this.#buf;
    let at = this.#at;
    for (let i = start; i < end; i++) {
      const byte = from[i]!;
      if (byte < 2) out[at++] = 1;
      out[at++] = byte < 2 ? byte + 1 : byte;
    }
    out[at++] = 0;
    this.#at = at;
  }

  /** Turns the bytes since `start` into their descending form. */
  complement(start: number): void {
    for (let i = start; i < this.#at; i++) this.#buf[i] = ~this.#buf[i]! & 0xff;
  }

  cut(to: number): void {
    this.#at = to;
  }

  take(): Buffer {
    const key = Buffer.from(this.#buf.subarray(0, this.#at));
    this.#at = 0;
    return key;
  }

  #grow(by: number): void {
    if (this.#at + by <= this.#buf.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#buf.length * 2, this.#at + by));
    this.#buf.copy(bigger, 0, 0, this.#at);
    this.#buf = bigger;
  }
}

const scratch = new KeyWriter();

/** The key of one raw value. Under a collation it tells what is equal, and no order. */
export function keyOf(value: RawValue, collation?: Collation): Buffer {
  scratch.cut(0);
  writeKey(scratch, value.type, value.buf, value.at, collation);
  return scratch.take();
}

/** The key of one JavaScript or BSON value. */
export function keyOfValue(value: unknown, collation?: Collation): Buffer {
  return keyOf(rawOf(value), collation);
}

/** Writes tag and content of a value. */
export function writeKey(out: KeyWriter, type: number, buf: Buffer, at: number, collation?: Collation): void {
  out.byte(tagOfType[type]!);
  writeContent(out, type, buf, at, collation);
}

function writeContent(out: KeyWriter, type: number, buf: Buffer, at: number, collation?: Collation): void {
  switch (type) {
    case t.double:
      return writeDouble(out, buf.readDoubleLE(at));
    case t.int:
      return writeDouble(out, buf.readInt32LE(at));
    case t.long:
      return writeLong(out, buf.readBigInt64LE(at));
    case t.decimal:
      return writeDecimal(out, new Decimal128(Uint8Array.from(buf.subarray(at, at + 16))).toString());
    case t.string:
      if (collation) return writeFolded(out, buf, at, collation);
      return out.text(buf, at + 4, at + 3 + buf.readInt32LE(at));
    case t.symbol:
    case t.code:
      return out.text(buf, at + 4, at + 3 + buf.readInt32LE(at));
    case t.object:
      return writeElements(out, buf, at, true, collation);
    case t.array:
      return writeElements(out, buf, at, false, collation);
    case t.binary: {
      const length = buf.readInt32LE(at);
      out.uint32(length);
      return out.bytes(buf, at + 4, at + 5 + length);
    }
    case t.objectId:
      return out.bytes(buf, at, at + 12);
    case t.bool:
      return out.byte(buf[at]!);
    case t.date:
      out.uint32(buf.readUInt32LE(at + 4) ^ 0x80000000);
      return out.uint32(buf.readUInt32LE(at));
    case t.timestamp:
      out.uint32(buf.readUInt32LE(at + 4));
      return out.uint32(buf.readUInt32LE(at));
    case t.regex: {
      const pattern = buf.indexOf(0, at);
      out.text(buf, at, pattern);
      return out.text(buf, pattern + 1, buf.indexOf(0, pattern + 1));
    }
    case t.dbPointer: {
      const length = buf.readInt32LE(at);
      out.uint32(length);
      return out.bytes(buf, at + 4, at + 16 + length);
    }
    case t.codeWithScope: {
      const length = buf.readInt32LE(at + 4);
      out.text(buf, at + 8, at + 7 + length);
      return writeElements(out, buf, at + 8 + length, true);
    }
    default:
      return; // null, undefined, MinKey, MaxKey: the tag says it all
  }
}

/** Fields compare by type, then name, then value, in the order they stand in; the shorter of two comes first. */
function writeElements(out: KeyWriter, buf: Buffer, at: number, named: boolean, collation?: Collation): void {
  const element = new Elements(buf, at);
  while (element.next()) {
    out.byte(tagOfType[element.type]!);
    if (named) out.text(buf, element.nameAt, element.value - 1);
    writeContent(out, element.type, buf, element.value, collation);
  }
  out.byte(0);
}

function writeFolded(out: KeyWriter, buf: Buffer, at: number, collation: Collation): void {
  const folded = Buffer.from(collation.fold(buf.toString('utf8', at + 4, at + 3 + buf.readInt32LE(at))));
  out.text(folded, 0, folded.length);
}

const bits = Buffer.alloc(8);
const exact = 0x80;

/** The nearest double, then how the exact value differs from it: not at all, or by a decimal below or above it. */
function writeDouble(out: KeyWriter, value: number): void {
  writeBits(out, value);
  out.byte(exact);
}

function writeBits(out: KeyWriter, value: number): void {
  if (Number.isNaN(value)) {
    out.uint32(0); // NaN comes before every number
    out.uint32(0);
    return;
  }
  bits.writeDoubleBE(value === 0 ? 0 : value);
  const high = bits.readUInt32BE(0);
  const low = bits.readUInt32BE(4);
  out.uint32(high & 0x80000000 ? ~high : high ^ 0x80000000);
  out.uint32(high & 0x80000000 ? ~low : low);
}

function writeLong(out: KeyWriter, value: bigint): void {
  const near = Number(value);
  writeBits(out, near);
  writeRest(out, value - BigInt(near), 0);
}

function writeDecimal(out: KeyWriter, text: string): void {
  const [, sign, whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/.exec(text) ?? [];
  const value = Number(text);
  if (sign === undefined) return writeDouble(out, value); // NaN, Infinity
  const near = Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE;
  writeBits(out, near);
  const digits = BigInt(sign + whole + fraction);
  const exponent = Number(power) - fraction.length;
  const [nearDigits, nearExponent] = decimalOf(near);
  const common = Math.min(exponent, nearExponent);
  const scale = (n: bigint, e: number) => n * 10n ** BigInt(e - common);
  writeRest(out, digits === 0n ? 0n : scale(digits, exponent) - scale(nearDigits, nearExponent), common);
}

/** A double as digits × 10^exponent, exactly. */
function decimalOf(value: number): [digits: bigint, exponent: number] {
  bits.writeDoubleBE(value);
  const raw = bits.readBigUInt64BE();
  const power = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = (power ? fraction | 0x10000000000000n : fraction) * (raw >> 63n ? -1n : 1n);
  const binary = (power || 1) - 1075;
  return binary >= 0 ? [mantissa << BigInt(binary), 0] : [mantissa * 5n ** BigInt(-binary), binary];
}

/** 40 digits tell any two of MongoDB's decimals (34 digits) apart. */
const restDigits = 40;

function writeRest(out: KeyWriter, rest: bigint, exponent: number): void {
  if (rest === 0n) return out.byte(exact);
  const start = out.length;
  const digits = String(rest < 0n ? -rest : rest);
  const place = digits.length + exponent + 0x4000;
  out.byte(exact + 1);
  out.byte(place >> 8);
  out.byte(place & 0xff);
  const shown = Buffer.from(digits.slice(0, restDigits).replace(/0+$/, ''));
  out.text(shown, 0, shown.length);
  if (rest < 0n) out.complement(start);
}
