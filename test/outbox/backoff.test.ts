import assert from 'node:assert/strict';
import { nextTry, restFor } from '../../src/outbox/backoff.ts';

describe('how long the outbox waits', () => {
  const middle = 0.5;
  const table: [tries: number, seconds: number | undefined][] = [
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 60],
    [6, 120],
    [8, 600],
    [9, 1800],
    [10, 3600],
    [14, 12 * 3600],
    [17, 24 * 3600],
    [18, undefined],
    [1000, undefined],
  ];
  for (const [tries, seconds] of table) {
    it(`waits ${seconds ?? 'no more'} after ${tries} tries`, () =>
      assert.equal(nextTry(tries, middle), seconds));
  }

  it('spreads a wait by a fifth to both sides', () => {
    assert.equal(nextTry(8, 0), 480);
    assert.equal(nextTry(8, 1), 720);
  });

  it('notices within a minute and a half that an LMS is back that was down for two minutes', () => {
    let seconds = 0;
    for (let tries = 1; seconds < 120; tries++) seconds += nextTry(tries, 1)!;
    assert.ok(seconds < 120 + 90, String(seconds));
  });

  it('gives up only after more than three days', () => {
    let seconds = 0;
    for (let tries = 1, wait = nextTry(tries, 0.5); wait !== undefined; wait = nextTry(++tries, 0.5))
      seconds += wait;
    assert.ok(seconds > 3 * 86_400 && seconds < 5 * 86_400, String(seconds));
  });

  it('rests a lane ten minutes at most, however often it failed', () => {
    assert.equal(restFor(1, middle), 5);
    assert.equal(restFor(6, middle), 120);
    for (const fails of [9, 17, 18, 1000]) assert.equal(restFor(fails, middle), 600);
  });
});
