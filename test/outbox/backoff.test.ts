import assert from 'node:assert/strict';
import { nextTry, restFor } from '../../src/outbox/backoff.ts';

describe('how long the outbox waits', () => {
  const middle = 0.5;
  const table: [tries: number, seconds: number | undefined][] = [
    [1, 5],
    [2, 30],
    [3, 120],
    [4, 600],
    [5, 1800],
    [6, 3600],
    [10, 12 * 3600],
    [13, 24 * 3600],
    [14, undefined],
    [1000, undefined],
  ];
  for (const [tries, seconds] of table) {
    it(`waits ${seconds ?? 'no more'} after ${tries} tries`, () =>
      assert.equal(nextTry(tries, middle), seconds));
  }

  it('spreads a wait by a fifth to both sides', () => {
    assert.equal(nextTry(4, 0), 480);
    assert.equal(nextTry(4, 1), 720);
  });

  it('gives up only after more than three days', () => {
    let seconds = 0;
    for (let tries = 1, wait = nextTry(tries, 0.5); wait !== undefined; wait = nextTry(++tries, 0.5))
      seconds += wait;
    assert.ok(seconds > 3 * 86_400 && seconds < 5 * 86_400, String(seconds));
  });

  it('rests a lane ten minutes at most, however often it failed', () => {
    assert.equal(restFor(1, middle), 5);
    assert.equal(restFor(3, middle), 120);
    for (const fails of [5, 13, 14, 1000]) assert.equal(restFor(fails, middle), 600);
  });
});
