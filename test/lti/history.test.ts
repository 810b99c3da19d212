import assert from 'node:assert/strict';
import { readHistory } from '../../src/lti/history.ts';

describe('the history of a link', () => {
  const many = Array.from({ length: 5000 }, (_, i) => `id-${i}`);
  const rows: [what: string, value: string | undefined, ids: string[]][] = [
    ['is nothing where the platform says nothing', undefined, []],
    ['is nothing where it is empty', ' , ,', []],
    ['is nothing where the variable came back by its name', '$ResourceLink.id.history', []],
    ['is what stands between the commas, the nearest first', '3, 2,1', ['3', '2', '1']],
    ['has each once', '3,3,2', ['3', '2']],
    ['is URL-encoded, or not', 'a%2Cb,50%', ['a,b', 'a%2Cb', '50%']],
    ['leaves out what was not filled in', '3,$ResourceLink.id,2', ['3', '2']],
    ['leaves out what can be no id', `${'x'.repeat(256)},a\u0000b,%00,2`, ['%00', '2']],
    ['ends after fifty', many.join(','), many.slice(0, 50)],
    ['is read as text', '__proto__,{"$gt":""}', ['__proto__', '{"$gt":""}']],
  ];
  for (const [what, value, ids] of rows) {
    it(what, () => {
      const custom: Record<string, string> =
        value === undefined ? {} : { link_history: value, context_history: value };
      assert.deepEqual(readHistory(custom), { links: ids, contexts: ids });
    });
  }

  it('takes no long time over much', () => {
    const began = performance.now();
    readHistory({ link_history: '%'.repeat(250_000), context_history: ','.repeat(250_000) });
    assert.ok(performance.now() - began < 200);
  });
});
