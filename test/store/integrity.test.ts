import assert from 'node:assert/strict';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from 'node:fs';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import { StoreDamaged } from '../../src/store/embedded/faults/trouble.ts';
import { checkStore } from '../../src/store/operate/check.ts';
import { DataDir } from './stocked.ts';

/** Spoils whole pages in the middle of a file, where a collection's documents are. */
function spoil(path: string, firstPage: number, pages: number): void {
  const file = openSync(path, 'r+');
  const size = fstatSync(file).size;
  assert.ok((firstPage + pages) * 4096 <= size);
  writeSync(file, Buffer.alloc(pages * 4096, 0xa5), 0, pages * 4096, firstPage * 4096);
  closeSync(file);
}

describe('a damaged store', () => {
  const pristine = new DataDir();
  let data: DataDir;
  before(() => {
    pristine.stock();
    pristine.add(...Array.from({ length: 20 }, (_, i) => ({ _id: `big${i}`, text: 'x'.repeat(1_000_000) })));
  });
  after(() => pristine.remove());
  beforeEach(() => {
    data = new DataDir();
    data.become(pristine);
  });
  afterEach(() => data.remove());

  const file = () => data.in('store/coursedock.db');
  const refused = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreDamaged, String(error));
    assert.match(error.message, pattern);
    assert.match(error.message, /npx coursedock restore/);
    return true;
  };

  it('is not started on when its end is missing, and is left as it is', async () => {
    truncateSync(file(), 2_000_000);
    const before = readFileSync(file());
    await assert.rejects(data.start(), refused(/damaged/));
    await assert.rejects(data.start(), refused(/damaged/));
    assert.ok(readFileSync(file()).equals(before));
  });

  it('is not started on when its list of collections cannot be read', async () => {
    data.open(({ sqlite }) => sqlite.exec("UPDATE indexes SET spec = x'01020304'"));
    await assert.rejects(data.start(), refused(/list of its collections/));
  });

  it('is not started on when the table of a collection or an index is missing', async () => {
    data.open(({ sqlite, catalog }) =>
      sqlite.exec(`DROP TABLE i${catalog.find('coursedock', 'attempts')!.indexes[1]!.id}`),
    );
    await assert.rejects(data.start(), refused(/index learner_1_at_-1 of coursedock\.attempts is missing/));
  });

  it('that is small is read whole at every start', async () => {
    data.open(({ sqlite, catalog, documents }) => {
      const attempts = catalog.find('coursedock', 'attempts')!;
      for (const rid of sqlite
        .prepare(`SELECT rid FROM d${attempts.id} WHERE length(doc) > 100000`)
        .pluck()
        .all())
        documents.remove(attempts, { rid: rid as number, doc: documents.at(attempts, rid as number)! });
      sqlite.exec('VACUUM');
    });
    const pages = readFileSync(file()).length / 4096;
    spoil(file(), Math.floor(pages / 2), 4);
    await assert.rejects(data.start(), refused(/damaged/));
  });

  it('found so while it runs fails the commands that need the pages, says so once, and serves the rest', async () => {
    const pages = readFileSync(file()).length / 4096;
    spoil(file(), Math.floor(pages / 2), 200);
    const told: string[] = [];
    const store = await startEmbeddedStore({
      dir: data.in('store'),
      tell: (level, text) => told.push(`${level}: ${text}`),
    });
    const client = await new mongoose.mongo.MongoClient(store.url).connect();
    try {
      const attempts = client.db('coursedock').collection('attempts');
      for (const _ of [1, 2])
        await assert.rejects(attempts.aggregate([{ $match: { none: 1 } }]).toArray(), (error: Error) => {
          assert.match(error.message, /store's file is damaged.*restore the last backup/);
          return true;
        });
      assert.equal(await client.db('coursedock').collection('versions').countDocuments(), 1);
    } finally {
      await client.close();
      await store.close();
    }
    assert.equal(told.length, 1, told.join('\n'));
    assert.match(told[0]!, /^error: The store's file is damaged.*npx coursedock restore/);
    const { findings } = await checkStore(data.settings);
    assert.match(findings.join(), /SQLite/);
  });

  it('is found out where SQLite sees nothing wrong: documents and indexes that do not fit', async () => {
    rmSync(data.in('files/versions/ver_1/index.html'));
    data.open(({ sqlite, catalog }) => {
      const { id, indexes } = catalog.find('coursedock', 'attempts')!;
      sqlite.exec(`DELETE FROM i${indexes[1]!.id} WHERE rid = 9`); // an entry is missing
      sqlite.exec(`UPDATE i${indexes[2]!.id} SET rid = 12 WHERE rid = 11`); // one leads to another document
      sqlite.exec(`UPDATE d${id} SET doc = substr(doc, 1, length(doc) - 3) WHERE rid = 8`); // one was cut
      sqlite.exec(`UPDATE d${id} SET id = x'00' WHERE rid = 20`);
    });
    const { findings } = await checkStore(data.settings);
    const patterns = [
      /the document at place 8: /,
      /the document at place 20: it stands under another _id/,
      /the index learner_1_at_-1 does not fit/,
      /the index code_1 does not fit/,
    ];
    for (const pattern of patterns) assert.match(findings.join('\n'), pattern);
  });

  it('is nothing that a sound one is taken for', async () => {
    assert.deepEqual(
      await checkStore(data.settings).then(({ findings, versions }) => ({ findings, versions })),
      {
        findings: [],
        versions: 1,
      },
    );
  });
});
