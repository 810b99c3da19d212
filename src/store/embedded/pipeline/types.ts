/**
 * Numbers that a pipeline has worked out. mingo knows one kind of number: what it was in the document before, and what
 * MongoDB would make of it, is said here.
 */
import { Double, Long, type Document } from 'bson';
import { keyOf } from '../values/keys.ts';
import { bsonType, rawOf, valueOf, write, type RawValue } from '../values/raw.ts';
import { ArrayNode, ObjectNode, open, rawNode, writeTree, type Node } from '../values/tree.ts';

/** The document as bytes: whole numbers that are no int become longs. */
export function writeComputed(doc: Document): Buffer {
  return write(longs(doc) as Document);
}

function longs(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value !== (value | 0) && !Object.is(value, -0)
      ? Long.fromNumber(value)
      : value;
  if (Array.isArray(value)) return value.map(longs);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined); // worked out to be missing
  return Object.fromEntries(fields.map(([name, inner]) => [name, longs(inner)]));
}

/** Fields that came out equal keep their old bytes, other numbers the type they had; `_id` stays, and stays first. */
export function withOldTypes(before: Buffer, after: Buffer): Buffer {
  const old = ObjectNode.read(before);
  const now = ObjectNode.read(after);
  const tree = new ObjectNode();
  const id = now.get('_id') ?? old.get('_id');
  if (id) tree.set('_id', id);
  for (const [name, value] of now.fields) tree.set(name, typed(old.get(name), value));
  return writeTree(tree);
}

function typed(was: Node | undefined, now: Node): Node {
  if (!was) return now;
  const [a, b] = [rawNode(was), rawNode(now)];
  if (keyOf(a).equals(keyOf(b))) return was;
  const [old, made] = [open(was), open(now)];
  if (old instanceof ObjectNode && made instanceof ObjectNode) {
    for (const [name, value] of made.fields) made.set(name, typed(old.get(name), value));
    return made;
  }
  if (old instanceof ArrayNode && made instanceof ArrayNode) {
    made.items = made.items.map((item, i) => typed(old.items[i], item));
    return made;
  }
  return asType(a.type, b);
}

function asType(type: number, value: RawValue): RawValue {
  if (value.type !== bsonType.int && value.type !== bsonType.long) return value;
  if (type !== bsonType.double && type !== bsonType.long) return value;
  const number = Number(String(valueOf(value)));
  return rawOf(type === bsonType.double ? new Double(number) : Long.fromNumber(number));
}
