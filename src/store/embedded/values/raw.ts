/**
 * Documents as the bytes they came in. Most of the store's work (keys, filters, answers) is done on these, so that a
 * document is parsed only when an update has to change it. Format: https://bsonspec.org/spec.html
 */
import { deserialize, serialize, type DeserializeOptions, type Document } from 'bson';
import { StoreError } from '../faults/errors.ts';

/** The element types of BSON. */
export const bsonType = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  code: 13,
  symbol: 14,
  codeWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  minKey: 255,
  maxKey: 127,
} as const;

/** A value inside a buffer: its type and where its bytes begin. */
export type RawValue = { type: number; buf: Buffer; at: number };

/** 16 MiB, as MongoDB. */
export const maxDocumentSize = 16 * 1024 * 1024;
const maxDepth = 180;

/** Parses bytes with numbers and longs as plain numbers where they fit; invalid UTF-8 is the sender's own matter. */
export function parse(buf: Uint8Array, options: DeserializeOptions = {}): Document {
  return deserialize(buf, { validation: { utf8: false }, ...options });
}

/** Parses bytes so that writing the result again gives the same types (Int32, Double, Long stay apart). */
export function parseTyped(buf: Uint8Array): Document {
  return deserialize(buf, { validation: { utf8: false }, promoteValues: false, bsonRegExp: true });
}

export function write(doc: Document): Buffer {
  const bytes = serialize(doc, { ignoreUndefined: false });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One JavaScript or BSON value as raw bytes. */
export function rawOf(value: unknown): RawValue {
  const buf = write({ v: value });
  return { type: buf[4]!, buf, at: 7 };
}

/** How many bytes a value of `type` takes that begins at `at`. */
export function sizeOf(type: number, buf: Buffer, at: number): number {
  switch (type) {
    case bsonType.double:
    case bsonType.date:
    case bsonType.timestamp:
    case bsonType.long:
      return 8;
    case bsonType.int:
      return 4;
    case bsonType.bool:
      return 1;
    case bsonType.null:
    case bsonType.undefined:
    case bsonType.minKey:
    case bsonType.maxKey:
      return 0;
    case bsonType.objectId:
      return 12;
    case bsonType.decimal:
      return 16;
    case bsonType.string:
    case bsonType.code:
    case bsonType.symbol:
      return 4 + buf.readInt32LE(at);
    case bsonType.object:
    case bsonType.array:
    case bsonType.codeWithScope:
      return buf.readInt32LE(at);
    case bsonType.binary:
      return 5 + buf.readInt32LE(at);
    case bsonType.dbPointer:
      return 16 + buf.readInt32LE(at);
    case bsonType.regex: {
      const pattern = buf.indexOf(0, at);
      return buf.indexOf(0, pattern + 1) + 1 - at;
    }
    default:
      throw new StoreError(22, `Unknown BSON type ${type}`);
  }
}

/** The elements of the document or array that begins at `at`, one after another. */
export class Elements {
  readonly #buf: Buffer;
  #next: number;
  readonly #end: number;
  type = 0;
  /** Where the element begins (its type byte), its name, and its value. */
  start = 0;
  nameAt = 0;
  value = 0;

  constructor(buf: Buffer, at = 0) {
    this.#buf = buf;
    this.#next = at + 4;
    this.#end = at + buf.readInt32LE(at) - 1;
  }

  next(): boolean {
    if (this.#next >= this.#end) return false;
    const buf = this.#buf;
    this.start = this.#next;
    this.type = buf[this.start]!;
    this.nameAt = this.start + 1;
    let at = this.nameAt;
    while (buf[at] !== 0) at++;
    this.value = at + 1;
    this.#next = this.value + sizeOf(this.type, buf, this.value);
    return true;
  }

  get name(): string {
    return this.#buf.toString('utf8', this.nameAt, this.value - 1);
  }

  /** Where the element ends. */
  get end(): number {
    return this.#next;
  }

  isNamed(name: Buffer): boolean {
    const length = this.value - 1 - this.nameAt;
    if (length !== name.length) return false;
    for (let i = 0; i < length; i++) if (this.#buf[this.nameAt + i] !== name[i]) return false;
    return true;
  }

  get raw(): RawValue {
    return { type: this.type, buf: this.#buf, at: this.value };
  }
}

/** The value of a field of the document at `at`, or undefined. */
export function fieldOf(buf: Buffer, at: number, name: Buffer): RawValue | undefined {
  const element = new Elements(buf, at);
  while (element.next()) if (element.isNamed(name)) return element.raw;
  return undefined;
}

/** The value as JavaScript; `parseTyped` keeps number types. */
export function valueOf({ type, buf, at }: RawValue, read: (doc: Uint8Array) => Document = parse): unknown {
  const size = sizeOf(type, buf, at);
  const doc = Buffer.alloc(size + 8);
  doc.writeInt32LE(size + 8);
  doc[4] = type;
  doc[5] = 118;
  buf.copy(doc, 7, at, at + size);
  return read(doc)['v'];
}

/** Puts `_id` first, as MongoDB stores documents; `make` gives one where it is missing. */
export function withIdFirst(doc: Buffer, make: () => unknown): Buffer {
  const element = new Elements(doc);
  while (element.next()) {
    if (!element.isNamed(idName)) continue;
    if (element.start === 4) return doc;
    return Buffer.concat([
      doc.subarray(0, 4),
      doc.subarray(element.start, element.end),
      doc.subarray(4, element.start),
      doc.subarray(element.end),
    ]);
  }
  const id = write({ _id: make() });
  const out = Buffer.concat([id.subarray(0, -1), doc.subarray(4)]);
  out.writeInt32LE(out.length);
  return out;
}

/** The document without one of its fields. */
export function withoutField(doc: Buffer, name: string): Buffer {
  const wanted = Buffer.from(name);
  const element = new Elements(doc);
  while (element.next()) {
    if (!element.isNamed(wanted)) continue;
    const out = Buffer.concat([doc.subarray(0, element.start), doc.subarray(element.end)]);
    out.writeInt32LE(out.length);
    return out;
  }
  return doc;
}

export const idName = Buffer.from('_id');

/** Throws unless the bytes are one well-formed document: what is stored is read again without looking. */
export function checkDocument(buf: Buffer, limit = maxDocumentSize): void {
  if (buf.length > limit) {
    throw new StoreError(
      10334,
      `BSONObj size: ${buf.length} is invalid. Size must be between 0 and ${limit}`,
    );
  }
  try {
    checkAt(buf, 0, buf.length, 0);
  } catch (error) {
    if (error instanceof RangeError) throw new StoreError(22, 'The document ends in the middle of a value');
    throw error;
  }
}

function checkAt(buf: Buffer, at: number, end: number, depth: number): void {
  const size = buf.readInt32LE(at);
  if (depth > maxDepth) throw new StoreError(22, `The document is nested more than ${maxDepth} levels deep`);
  if (size < 5 || at + size !== end || buf[end - 1] !== 0)
    throw new StoreError(22, 'A document has a wrong length');
  let next = at + 4;
  while (next < end - 1) {
    const type = buf[next]!;
    const nameEnd = buf.indexOf(0, next + 1);
    if (nameEnd < 0 || nameEnd >= end - 1 + (type === 0 ? 0 : 1))
      throw new StoreError(22, 'A field name has no end');
    const value = nameEnd + 1;
    const length = sizeOf(type, buf, value);
    next = value + length;
    if (length < 0 || next > end - 1) throw new StoreError(22, 'A value is longer than its document');
    if (type === bsonType.object || type === bsonType.array) checkAt(buf, value, next, depth + 1);
    else if (type === bsonType.string || type === bsonType.code || type === bsonType.symbol) {
      if (length < 5 || buf[next - 1] !== 0) throw new StoreError(22, 'A text has a wrong length');
    } else if (type === bsonType.binary && length < 5)
      throw new StoreError(22, 'A binary value has a wrong length');
    else if (type === bsonType.codeWithScope) checkCodeWithScope(buf, value, next, depth);
    else if (type === bsonType.bool && buf[value]! > 1)
      throw new StoreError(22, 'A boolean is neither true nor false');
  }
  if (next !== end - 1) throw new StoreError(22, 'A document has a wrong length');
}

function checkCodeWithScope(buf: Buffer, at: number, end: number, depth: number): void {
  const code = buf.readInt32LE(at + 4);
  const scope = at + 8 + code;
  if (code < 1 || scope + 5 > end) throw new StoreError(22, 'A code value has a wrong length');
  checkAt(buf, scope, end, depth + 1);
}
