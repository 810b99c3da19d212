/** Messages that no driver sends, by a seed. */
import { serialize, type Document } from 'bson';
import type { Random } from './random.ts';
import { command, message, section } from './raw-client.ts';

const bytes = (random: Random, length: number) =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

/** Commands that a wrong byte may turn into others. None of them reaches a collection outside the database `noise`. */
const commands: Document[] = [
  { hello: 1 },
  { ping: 1 },
  { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: 'n,,n=x,r=y' },
  { saslContinue: 1, conversationId: 1, payload: 'c=biws' },
  { insert: 'c', documents: [{ a: [1, { b: 'text' }] }, { d: new Date(0) }] },
  { find: 'c', filter: { a: { $elemMatch: { b: /^te/i } }, d: { $gt: new Date(0) } }, sort: { a: -1 } },
  { update: 'c', updates: [{ q: { a: 1 }, u: { $push: { a: { $each: [1], $slice: -5 } } }, multi: true }] },
  { update: 'c', updates: [{ q: {}, u: [{ $set: { x: { $add: [1, 2] } } }], upsert: true }] },
  { delete: 'c', deletes: [{ q: { a: { $in: [1, 'x'] } }, limit: 1 }] },
  { findAndModify: 'c', query: { a: 1 }, update: { $inc: { n: 1 } }, fields: { 'a.b': 1 }, upsert: true },
  { aggregate: 'c', pipeline: [{ $match: { a: 1 } }, { $group: { _id: '$a', n: { $sum: 1 } } }], cursor: {} },
  { createIndexes: 'c', indexes: [{ key: { a: 1, n: -1 }, name: 'a_n', sparse: true }] },
  { dropIndexes: 'c', index: '*' },
  { distinct: 'c', key: 'a.b', query: {} },
  { getMore: 1, collection: 'c' },
  { create: 'capped', capped: true, size: 4096, max: 3 },
  { explain: { find: 'c', filter: { a: 1 } } },
  { listCollections: 1 },
];

function nested(depth: number): Buffer {
  const doc = Buffer.alloc(5 + depth * 8);
  for (let i = 0; i < depth; i++) {
    doc.writeInt32LE(doc.length - i * 8, i * 7);
    doc.write('\x03a\0', i * 7 + 4, 'latin1');
  }
  doc.writeInt32LE(5, depth * 7);
  return doc;
}

/** A document whose fields are what `elements` says, byte by byte. */
function raw(...elements: Buffer[]): Buffer {
  const doc = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.alloc(1)]);
  doc.writeInt32LE(doc.length);
  return doc;
}

const named = (type: number, name: string, value: Buffer) =>
  Buffer.concat([Buffer.of(type), Buffer.from(`${name}\0`), value]);
const text = (value: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeInt32LE(value.length + 1);
  return Buffer.concat([length, value, Buffer.alloc(1)]);
};
const db = named(2, '$db', text(Buffer.from('noise')));

/** One kind of wrong message each. */
const kinds: ((random: Random) => Buffer)[] = [
  (random) => bytes(random, random.below(600)),
  (random) => message(bytes(random, random.below(300))),
  (random) => message(section(bytes(random, random.below(300)), random.below(4))),
  (random) =>
    message(bytes(random, 20), { op: random.pick([0, 1, 1000, 2001, 2004, 2005, 2010, 2012, 9999, -1]) }),
  // OP_COMPRESSED: the operation inside, its size, the compressor, and something
  (random) =>
    message(Buffer.concat([Buffer.from([221, 7, 0, 0, 255, 255, 255, 127, 1]), bytes(random, 50)]), {
      op: 2012,
    }),
  (random) =>
    message(bytes(random, 40), {
      length: random.pick([-1, 0, 15, 16, 17, 48_000_001, 2 ** 31 - 1, -(2 ** 31)]),
    }),
  (random) => {
    const whole = command({ ...random.pick(commands), $db: 'noise' }, random.below(3));
    for (let i = 0; i <= random.below(3); i++) whole[4 + random.below(whole.length - 4)] = random.below(256);
    return whole;
  },
  (random) => {
    const whole = command({ ...random.pick(commands), $db: 'noise' });
    return whole.subarray(0, random.below(whole.length));
  },
  // the checksum flag, with and without room for one
  (random) => command({ ...random.pick(commands), $db: 'noise' }, 1),
  (random) =>
    message(Buffer.concat([section(Buffer.from(serialize({ ping: 1, $db: 'noise' })), 1), bytes(random, 4)])),
  // sections of kind 1: nothing in them, a name without an end, documents longer than they are, twice the same
  (random) => {
    const inside = random.pick([
      Buffer.from('documents\0'),
      Buffer.from('documents'),
      Buffer.concat([Buffer.from('documents\0'), bytes(random, random.below(40))]),
      Buffer.concat([Buffer.from('documents\0'), Buffer.from(serialize({ a: 1 }))]),
    ]);
    const size = Buffer.alloc(4);
    size.writeInt32LE(inside.length + 4 + random.pick([0, 0, 0, -4, 1, 1000]));
    const list = Buffer.concat([Buffer.of(1), size, inside]);
    const body = section(Buffer.from(serialize({ insert: 'c', $db: 'noise' })));
    return message(
      Buffer.concat(
        random.pick([
          [body, list],
          [body, list, list],
          [Buffer.alloc(4), list, body.subarray(4)],
        ]),
      ),
    );
  },
  (random) =>
    message(
      section(
        raw(named(16, 'ping', Buffer.alloc(4)), db, named(3, 'x', nested(random.pick([50, 179, 200, 5000])))),
      ),
    ),
  (random) =>
    message(
      section(
        raw(
          named(2, 'insert', text(Buffer.from('c'))),
          db,
          named(
            4,
            'documents',
            raw(named(3, '0', raw(named(3, 'deep', nested(random.pick([99, 150, 178, 250])))))),
          ),
        ),
      ),
    ),
  // invalid UTF-8 in a name and in a text, and one name twice
  (random) =>
    message(
      section(
        raw(
          named(
            2,
            random.pick(['insert', 'find', 'drop']),
            text(random.pick([Buffer.from('c'), bytes(random, 8)])),
          ),
          db,
          named(
            4,
            'documents',
            raw(named(3, '0', raw(named(2, 'a', text(bytes(random, 12))), named(1, 'a', bytes(random, 8))))),
          ),
        ),
      ),
    ),
];

/** One wrong message. */
export function noise(random: Random): Buffer {
  return random.pick(kinds)(random);
}
