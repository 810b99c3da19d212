import assert from 'node:assert/strict';
import { readRange } from '../../src/player/range.ts';

describe('readRange', () => {
  const cases: [header: string | undefined, size: number, wanted: ReturnType<typeof readRange>][] = [
    [undefined, 100, undefined],
    ['bytes=0-', 100, { start: 0, end: 99 }],
    ['bytes=0-0', 100, { start: 0, end: 0 }],
    ['bytes=10-19', 100, { start: 10, end: 19 }],
    ['bytes=90-1000', 100, { start: 90, end: 99 }],
    ['bytes=-10', 100, { start: 90, end: 99 }],
    ['bytes=-1000', 100, { start: 0, end: 99 }],
    ['Bytes = 5 - 6', 100, { start: 5, end: 6 }],
    ['bytes=99-', 100, { start: 99, end: 99 }],
    ['bytes=100-', 100, 'unsatisfiable'],
    ['bytes=-0', 100, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=20-10', 100, undefined],
    ['bytes=0-1,5-6', 100, undefined],
    ['bytes=-', 100, undefined],
    ['bytes=a-b', 100, undefined],
    ['bytes=--5', 100, undefined],
    ['bytes=1.5-3', 100, undefined],
    ['lines=1-2', 100, undefined],
    [`bytes=0-${'9'.repeat(40)}`, 100, undefined],
    ['', 100, undefined],
  ];
  for (const [header, size, wanted] of cases) {
    it(`reads ${JSON.stringify(header)?.slice(0, 40)} of ${size} bytes`, () =>
      assert.deepEqual(readRange(header, size), wanted));
  }
});
