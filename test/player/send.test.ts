import assert from 'node:assert/strict';
import { Refusal } from '../../src/player/client/door.ts';
import { sendCommits } from '../../src/player/client/send.ts';

describe('what a refused commit means', () => {
  const table: [status: number, code: string, more: object, answer: object][] = [
    [401, 'launch-expired', {}, { ended: 'expired' }],
    [401, 'attempt-removed', {}, { ended: 'removed' }],
    [409, 'opened-elsewhere', {}, { ended: 'elsewhere' }],
    [409, 'gap', { expected: 3 }, { expected: 3 }],
    [503, 'busy', {}, { wait: 7 }],
  ];
  for (const [status, code, more, answer] of table)
    it(`${status} ${code}`, async () => {
      const refuse = () => Promise.reject(new Refusal(status, { code, ...more }, 7));
      const send = sendCommits(refuse, 'lch_1', () => {});
      assert.deepEqual(await send([{ seq: 1, patch: [] }], false), answer);
    });
});
