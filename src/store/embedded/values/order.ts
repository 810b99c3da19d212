/** The order of values and of documents, by bytes or under a collation. */
import type { Collation } from './collation.ts';
import { keysOf, sortKeyOf, type KeyField } from './index-keys.ts';
import { keyOf, tag, tagOf } from './keys.ts';
import { bsonType, Elements, type RawValue } from './raw.ts';

/** Which of two values comes first (negative: the first one). */
export function compareValues(a: RawValue, b: RawValue, collation: Collation): number {
  const kind = tagOf(a.type);
  if (kind !== tagOf(b.type)) return kind - tagOf(b.type);
  if (a.type === bsonType.string && b.type === bsonType.string)
    return collation.compare(textOf(a), textOf(b));
  if (kind === tag.object || kind === tag.array) return compareElements(a, b, kind === tag.object, collation);
  return Buffer.compare(keyOf(a), keyOf(b));
}

function compareElements(a: RawValue, b: RawValue, named: boolean, collation: Collation): number {
  const [one, other] = [new Elements(a.buf, a.at), new Elements(b.buf, b.at)];
  for (;;) {
    const [more, moreOther] = [one.next(), other.next()];
    if (!more || !moreOther) return Number(more) - Number(moreOther);
    const byType = tagOf(one.type) - tagOf(other.type);
    const byName = named && !byType ? Buffer.compare(nameOf(a, one), nameOf(b, other)) : 0;
    const order = byType || byName || compareValues(one.raw, other.raw, collation);
    if (order) return order;
  }
}

const nameOf = ({ buf }: RawValue, element: Elements) => buf.subarray(element.nameAt, element.value - 1);

function textOf({ buf, at }: RawValue): string {
  return buf.toString('utf8', at + 4, at + 3 + buf.readInt32LE(at));
}

/** By what documents are sorted: a key of each, and which of two keys comes first. */
export type Order<Key> = { keyOf: (doc: Buffer) => Key; compare: (a: Key, b: Key) => number };

/** The order that a sort asks for. */
export function orderBy(fields: KeyField[]): Order<Buffer | RawValue[]> {
  const collation = fields.find((field) => field.collation)?.collation;
  return (collation ? collated(fields, collation) : byBytes(fields)) as Order<Buffer | RawValue[]>;
}

function byBytes(fields: KeyField[]): Order<Buffer> {
  return { keyOf: (doc) => sortKeyOf(doc, fields), compare: (a, b) => Buffer.compare(a, b) };
}

function collated(fields: KeyField[], collation: Collation): Order<RawValue[]> {
  const compare = (a: RawValue[], b: RawValue[]) => {
    for (const [i, { descending }] of fields.entries()) {
      const order = compareValues(a[i]!, b[i]!, collation);
      if (order) return descending ? -order : order;
    }
    return 0;
  };
  return {
    keyOf: (doc) =>
      keysOf(doc, fields).values.reduce((first, key) => (compare(key, first) < 0 ? key : first)),
    compare,
  };
}
