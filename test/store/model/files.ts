import assert from 'node:assert/strict';
import { keysOf } from '../../../src/store/embedded/values/index-keys.ts';
import { keyOf } from '../../../src/store/embedded/values/keys.ts';
import { fieldOf, idName } from '../../../src/store/embedded/values/raw.ts';
import type { Store } from '../../../src/store/embedded/data/store.ts';

/**
 * Looks at every table of an opened store: SQLite finds nothing wrong; every document is reached by its `_id`; an index
 * holds the keys of its documents, all of them and no others. Gives how many documents and index entries there are.
 */
export function checkFiles({ sqlite, catalog }: Store): { documents: number; entries: number } {
  assert.deepEqual(sqlite.pragma('integrity_check', { simple: true }), 'ok');
  let [documents, entries] = [0, 0];
  for (const { id, ns, indexes } of catalog.all()) {
    type Row = { rid: number; id: Buffer; doc: Buffer };
    const rows = sqlite.prepare<[], Row>(`SELECT rid, id, doc FROM d${id}`).all();
    documents += rows.length;
    for (const row of rows) assert.deepEqual(keyOf(fieldOf(row.doc, 0, idName)!), row.id, `_id of ${ns}`);
    for (const index of indexes) {
      if (index.primary) continue;
      const expected = rows.flatMap(({ rid, doc }) => {
        if (index.partial && !index.partial.test(doc)) return [];
        const found = keysOf(doc, index.fields);
        if (found.multikey) assert.ok(index.multikey, `${ns} ${index.name} knows that it is multikey`);
        if (index.sparse && found.absent) return [];
        return found.keys.map((key) => `${key.toString('hex')} ${rid}`);
      });
      const entry = sqlite.prepare<[], { key: Buffer; rid: number }>(`SELECT key, rid FROM i${index.id}`);
      const actual = entry.all().map(({ key, rid }) => `${key.toString('hex')} ${rid}`);
      entries += actual.length;
      assert.deepEqual(actual.sort(), expected.sort(), `entries of ${index.name} in ${ns}`);
      if (index.unique)
        assert.equal(
          new Set(actual.map((one) => one.split(' ')[0])).size,
          actual.length,
          `${index.name} is unique`,
        );
    }
  }
  return { documents, entries };
}
