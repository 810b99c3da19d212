import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { knockOften } from '../support/knocking.ts';

describe('the doors, for long', () => {
  before(() => {
    setFlagsFromString('--expose-gc');
    globalThis.gc = runInNewContext('gc') as typeof globalThis.gc;
  });

  it('answer 100,000 requests of any kind without an error of our own, and without growing', async () => {
    const seed = Number(process.env.DOORS_SEED ?? Date.now() % 2 ** 31);
    const times = Number(process.env.DOORS_KNOCKS ?? 100_000);
    tell(`      DOORS_SEED=${seed}`);
    const { statuses, faults, heap } = await knockOften(seed, times);
    for (const [door, counts] of statuses) {
      const told = [...counts].toSorted(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
      tell(`      ${door.padEnd(10)}${told.join(', ')}`);
    }
    const megabytes = heap.map((bytes) => Math.round(bytes / 1e6));
    tell(`      heap, MB: ${megabytes.join(', ')}`);
    assert.deepEqual(faults, []);
    // The first fifth fills what is bounded: compiled code, keys, definitions, limits by address.
    assert.ok(megabytes.at(-1)! - megabytes[1]! < 30, 'what is kept of requests that are over');
  });
});

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}
