import assert from 'node:assert/strict';
import { Binary, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { keyOfValue } from '../../src/store/embedded/values/keys.ts';
import { keyField, keysOf, sortKeyOf } from '../../src/store/embedded/values/index-keys.ts';
import { write } from '../../src/store/embedded/values/raw.ts';
import { makeRandom } from './random.ts';

/** In MongoDB's order; those in one list are equal. */
const ascending: unknown[][] = [
  [new MinKey()],
  [null],
  [NaN, Decimal128.fromString('NaN')],
  [-Infinity, Decimal128.fromString('-Infinity')],
  [Decimal128.fromString('-1E+6000')],
  [-Number.MAX_VALUE],
  [Long.MIN_VALUE, -(2 ** 63)],
  [Long.MIN_VALUE.add(1)],
  [-1.5, Decimal128.fromString('-1.5')],
  [-1, new Int32(-1), Long.fromNumber(-1), new Double(-1), Decimal128.fromString('-1.000')],
  [-5e-324],
  [Decimal128.fromString('-1E-6000')],
  [0, -0, Long.ZERO, Decimal128.fromString('0'), Decimal128.fromString('-0E+10')],
  [Decimal128.fromString('1E-6000')],
  [5e-324],
  [Decimal128.fromString('0.1')], // a little less than the double 0.1
  [0.1],
  [0.30000000000000004],
  [1, Decimal128.fromString('1.0')],
  [2 ** 53, Long.fromString('9007199254740992'), Decimal128.fromString('9007199254740992')],
  [Long.fromString('9007199254740993'), Decimal128.fromString('9007199254740993')],
  [Decimal128.fromString('9007199254740993.5')],
  [Long.fromString('9007199254740994'), 9007199254740994],
  [Long.MAX_VALUE, Decimal128.fromString('9223372036854775807')],
  [2 ** 63, Decimal128.fromString('9223372036854775808')],
  [Number.MAX_VALUE],
  [Decimal128.fromString('1E+400')],
  [Decimal128.fromString('1.000000000000000000000000000000001E+400')],
  [Infinity],
  [''],
  ['\u0000'],
  ['\u0000\u0000'],
  ['\u0000a'],
  ['\u0001'],
  ['A'],
  ['a'],
  ['a\u0000'],
  ['a\u0001'],
  ['ab'],
  ['é'],
  ['ﬀ'],
  ['😀'],
  [{}],
  [{ b: null }],
  [{ a: 1 }],
  [{ a: 1, b: 1 }],
  [{ a: 2 }],
  [{ b: 1 }],
  [{ a: 'x' }],
  [[]],
  [[1]],
  [[1, 1]],
  [[2]],
  [['a']],
  [new Binary(Buffer.from([]), 0)],
  [new Binary(Buffer.from([255]), 0)],
  [new Binary(Buffer.from([0]), 5)],
  [new Binary(Buffer.from([0, 0]), 0)],
  [new ObjectId('000000000000000000000000')],
  [new ObjectId('0000000000000000000000ff')],
  [new ObjectId('ff0000000000000000000000')],
  [false],
  [true],
  [new Date(-8640000000000000)],
  [new Date(-1)],
  [new Date(0)],
  [new Date(1)],
  [new Date(8640000000000000)],
  [new Timestamp({ t: 0, i: 1 })],
  [new Timestamp({ t: 1, i: 0 })],
  [new Timestamp({ t: 0xffffffff, i: 0 })],
  [/a/],
  [/a/i],
  [/b/],
  [new MaxKey()],
];

describe('keys', () => {
  it('stand in the order of the values, whatever their types', () => {
    const keys = ascending.map((equal) => equal.map((value) => keyOfValue(value)));
    keys.forEach((equal, i) => {
      for (const key of equal)
        assert.deepEqual(key, equal[0], `equal: ${ascending[i]!.map(String).join(', ')}`);
      if (i === 0) return;
      const before = keys[i - 1]![0]!;
      assert.ok(Buffer.compare(before, equal[0]!) < 0, `${show(i - 1)} comes before ${show(i)}`);
    });
  });

  it('are never the beginning of one another, so that they can stand in a row', () => {
    const keys = ascending.map(([value]) => keyOfValue(value));
    for (const [i, a] of keys.entries()) {
      for (const [j, b] of keys.entries()) {
        if (i !== j) assert.ok(!b.subarray(0, a.length).equals(a), `${show(i)} begins ${show(j)}`);
      }
    }
  });

  it('of two fields sort by the first, then by the second, each in its own direction', () => {
    const values = ascending.filter(([value]) => !Array.isArray(value)).map(([value]) => value);
    for (const [one, other] of [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ] as const) {
      const fields = [keyField('a', one), keyField('b', other)];
      const key = (a: number, b: number) => sortKeyOf(write({ a: values[a], b: values[b] }), fields);
      const random = makeRandom(7);
      for (let i = 0; i < 3000; i++) {
        const [a, b, c, d] = [0, 0, 0, 0].map(() => random.below(values.length)) as [
          number,
          number,
          number,
          number,
        ];
        const expected = Math.sign((a - c) * one) || Math.sign((b - d) * other);
        assert.equal(
          Math.sign(Buffer.compare(key(a, b), key(c, d))),
          expected,
          `${show(a)}, ${show(b)} and ${show(c)}, ${show(d)}`,
        );
      }
    }
  });

  it('of numbers agree with their exact values', () => {
    const random = makeRandom(11);
    for (let i = 0; i < 3000; i++) {
      const [a, b] = [random.long(), random.long()];
      const near = random.below(2) ? a + BigInt(random.below(3) - 1) : b;
      const expected = a < near ? -1 : a > near ? 1 : 0;
      const [x, y] = [keyOfValue(Long.fromBigInt(a)), keyOfValue(Decimal128.fromString(String(near)))];
      assert.equal(Math.sign(Buffer.compare(x, y)), expected, `${a} and ${near}`);
    }
  });
});

describe('keys of a document', () => {
  const keys = (doc: object, ...paths: string[]) =>
    keysOf(
      write(doc),
      paths.map((path) => keyField(path, 1)),
    );
  const rows = (doc: object, ...paths: string[]) =>
    keys(doc, ...paths).values.map((row) => row.map(({ type }) => type));

  it('are one for each element of an array, once each', () => {
    const { keys: found, multikey } = keys({ a: [1, 2, 2, 3] }, 'a');
    assert.deepEqual(
      found,
      [1, 2, 3].map((value) => keyOfValue(value)),
    );
    assert.equal(multikey, true);
  });

  it('pair the fields of the same element', () => {
    const { keys: found } = keys(
      {
        a: [
          { b: 1, c: 9 },
          { b: 2, c: 8 },
        ],
      },
      'a.b',
      'a.c',
    );
    assert.deepEqual(found, [
      Buffer.concat([keyOfValue(1), keyOfValue(9)]),
      Buffer.concat([keyOfValue(2), keyOfValue(8)]),
    ]);
  });

  it('take null for what is not there, and say when nothing is', () => {
    assert.deepEqual(keys({ x: 1 }, 'a.b'), { ...keys({ y: 1 }, 'a.b') });
    assert.equal(keys({ x: 1 }, 'a.b').absent, true);
    assert.equal(keys({ a: { b: null } }, 'a.b').absent, false);
    assert.deepEqual(rows({ a: [{ b: 1 }, {}] }, 'a.b'), [[16], [10]]);
  });

  it('of an empty array come before null', () => {
    const [empty] = keys({ a: [] }, 'a').keys;
    assert.ok(Buffer.compare(empty!, keyOfValue(null)) < 0);
  });

  it('follow a number in a path into that element', () => {
    assert.deepEqual(keys({ a: [{ b: 5 }, { b: 6 }] }, 'a.1.b').keys, [keyOfValue(6)]);
  });

  it('refuse two arrays side by side', () => {
    assert.throws(() => keys({ a: [1], b: [2] }, 'a', 'b'), { code: 171 });
  });
});

function show(i: number): string {
  const [value] = ascending[i]!;
  return typeof value === 'object' ? JSON.stringify(value) : JSON.stringify(String(value));
}
