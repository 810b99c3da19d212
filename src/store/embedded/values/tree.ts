/**
 * A document opened only where an update goes: every value that is not touched stays the bytes it was, so that types,
 * field order and everything this code need not know about survive.
 */
import { bsonType, Elements, sizeOf, type RawValue } from './raw.ts';

export type Node = RawValue | ObjectNode | ArrayNode;

export class ObjectNode {
  readonly fields = new Map<string, Node>();

  static read(buf: Buffer, at = 0): ObjectNode {
    const node = new ObjectNode();
    const element = new Elements(buf, at);
    while (element.next()) node.fields.set(element.name, element.raw);
    return node;
  }

  get(name: string): Node | undefined {
    return this.fields.get(name);
  }

  set(name: string, value: Node): void {
    this.fields.set(name, value);
  }
}

export class ArrayNode {
  items: Node[] = [];

  static read(buf: Buffer, at: number): ArrayNode {
    const node = new ArrayNode();
    const element = new Elements(buf, at);
    while (element.next()) node.items.push(element.raw);
    return node;
  }

  get(index: string): Node | undefined {
    return this.items[Number(index)];
  }

  /** Places past the end are filled with null. */
  set(index: string, value: Node): void {
    while (this.items.length < Number(index)) this.items.push(nullValue);
    this.items[Number(index)] = value;
  }
}

export const nullValue: RawValue = { type: bsonType.null, buf: Buffer.alloc(0), at: 0 };

/** Opens a value that is a document or an array; others stay as they are. */
export function open(node: Node): Node {
  if (node instanceof ObjectNode || node instanceof ArrayNode) return node;
  if (node.type === bsonType.object) return ObjectNode.read(node.buf, node.at);
  if (node.type === bsonType.array) return ArrayNode.read(node.buf, node.at);
  return node;
}

/** The node as bytes. */
export function rawNode(node: Node): RawValue {
  if (!(node instanceof ObjectNode || node instanceof ArrayNode)) return node;
  const out = new ByteWriter();
  writeNode(out, node);
  return { type: typeOfNode(node), buf: out.take(), at: 0 };
}

export function writeTree(node: ObjectNode): Buffer {
  return rawNode(node).buf;
}

/** A document of one field. */
export function wrap(name: string, value: Node): Buffer {
  const tree = new ObjectNode();
  tree.set(name, value);
  return writeTree(tree);
}

function typeOfNode(node: Node): number {
  if (node instanceof ObjectNode) return bsonType.object;
  return node instanceof ArrayNode ? bsonType.array : node.type;
}

function writeNode(out: ByteWriter, node: Node): void {
  if (!(node instanceof ObjectNode || node instanceof ArrayNode)) {
    return out.bytes(node.buf, node.at, node.at + sizeOf(node.type, node.buf, node.at));
  }
  const start = out.reserve(4);
  if (node instanceof ObjectNode) for (const [name, value] of node.fields) writeField(out, name, value);
  else node.items.forEach((value, i) => writeField(out, String(i), value));
  out.byte(0);
  out.lengthAt(start);
}

function writeField(out: ByteWriter, name: string, value: Node): void {
  out.byte(typeOfNode(value));
  out.name(name);
  writeNode(out, value);
}

class ByteWriter {
  #buf = Buffer.allocUnsafe(1024);
  #at = 0;

  byte(value: number): void {
    this.#grow(1);
    this.#buf[this.#at++] = value;
  }

  name(text: string): void {
    this.#grow(text.length * 3 + 1);
    this.#at += this.#buf.write(text, this.#at);
    this.#buf[this.#at++] = 0;
  }

  bytes(from: Buffer, start: number, end: number): void {
    this.#grow(end - start);
    from.copy(this.#buf, this.#at, start, end);
    this.#at += end - start;
  }

  reserve(bytes: number): number {
    this.#grow(bytes);
    this.#at += bytes;
    return this.#at - bytes;
  }

  lengthAt(start: number): void {
    this.#buf.writeInt32LE(this.#at - start, start);
  }

  take(): Buffer {
    return this.#buf.subarray(0, this.#at);
  }

  #grow(by: number): void {
    if (this.#at + by <= this.#buf.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.#buf.length * 2, this.#at + by));
    this.#buf.copy(bigger, 0, 0, this.#at);
    this.#buf = bigger;
  }
}
