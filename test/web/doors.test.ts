import assert from 'node:assert/strict';
import { knockOften } from '../support/knocking.ts';

describe('the doors', () => {
  it('answer whatever comes, without an error of our own', async function () {
    this.timeout(60_000);
    const seed = Number(process.env.DOORS_SEED ?? 20_261_127);
    const { statuses, faults } = await knockOften(seed, 600);
    assert.deepEqual(faults, []);
    // Enough goes through to what is behind the doors.
    for (const door of ['launch', 'teacher', 'player', 'dispatch', 'api', 'admin']) {
      const counts = statuses.get(door)!;
      const good = [...counts].filter(([status]) => status >= 200 && status < 400);
      const sum = good.reduce((total, [, count]) => total + count, 0);
      assert.ok(sum > 5, `${door}: ${JSON.stringify([...counts])}`);
    }
  });
});
