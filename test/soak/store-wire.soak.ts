import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store/embedded/data/store.ts';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { makeRandom } from '../store/random.ts';
import { command, RawClient } from '../store/raw-client.ts';
import { noise } from '../store/wire-noise.ts';

const seed = Number(process.env['WIRE_SEED'] ?? 20260801);
const messages = Number(process.env['WIRE_MESSAGES'] ?? 30_000);
/** The heap finds its size in the first tens of thousands; what every message left behind would be more than that. */
const mayGrow = 60 + (messages * 1024) / 1048576;

describe(`the wire of the embedded store, at length (WIRE_SEED=${seed}, WIRE_MESSAGES=${messages})`, () => {
  let dir: string;
  let store: EmbeddedStore;
  let port: number;
  let account: { username: string; password: string };
  const megabytes = () => {
    globalThis.gc?.();
    return Math.round(process.memoryUsage.rss() / 1048576);
  };
  const signedIn = async () => {
    const client = new RawClient(port);
    await client.signIn(account);
    return client;
  };
  /** The documents that nothing here may touch. */
  const kept = { find: 'kept', filter: {}, sort: { _id: 1 }, batchSize: 1000, $db: 'ours' };

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coursedock-wire-'));
    store = await startEmbeddedStore({ dir, flush: false });
    const { username, password, port: number } = new URL(store.url);
    [port, account] = [Number(number), { username, password }];
    const client = await signedIn();
    const documents = Array.from({ length: 100 }, (_, i) => ({ _id: i, text: 'x'.repeat(i) }));
    assert.equal((await client.ask({ insert: 'kept', documents, $db: 'ours' }))?.['n'], 100);
    await client.close();
  });
  after(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const inside of [false, true]) {
    it(`any bytes ${inside ? 'after' : 'before'} signing in: an answer or the line is cut, and memory does not grow`, async () => {
      const random = makeRandom(seed + Number(inside));
      const some = async (count: number) => {
        for (let i = 0; i < count;) {
          const client = inside ? await signedIn() : new RawClient(port);
          for (let n = random.below(8); n >= 0 && !client.socket.destroyed; n--, i++)
            client.send(noise(random));
          client.socket.end();
          await client.closed;
        }
      };
      await some(Math.max(5000, messages / 4)); // until the heap has found its size
      const before = megabytes();
      await some(messages);
      const grown = megabytes() - before;
      process.stdout.write(`      ${messages} messages: memory ${before} MB, then ${grown} MB more\n`);
      assert.ok(grown < mayGrow, `memory grew by ${grown} MB`);
      const client = await signedIn();
      assert.equal((await client.ask({ ping: 1, $db: 'admin' }))?.['ok'], 1);
      await client.close();
    });
  }

  it('1,000 connections that say half a message and fall silent leave room for the next', async () => {
    const before = megabytes();
    const half = command({ hello: 1, text: 'x'.repeat(8000), $db: 'admin' }).subarray(0, 4000);
    const silent = Array.from({ length: 1000 }, () => new RawClient(port));
    for (const client of silent) client.send(half);
    await wait(300);
    const client = await signedIn();
    assert.equal((await client.ask(kept))?.['ok'], 1);
    process.stdout.write(`      1,000 silent connections: ${megabytes() - before} MB\n`);
    assert.ok(megabytes() - before < 150);
    await client.close();
    await Promise.all(silent.map((one) => one.close()));
  });

  it('one that asks and does not read holds nobody up', async () => {
    const writer = await signedIn();
    const documents = [{ _id: 1, text: 'y'.repeat(4 * 1024 * 1024) }];
    await writer.ask({ insert: 'large', documents, $db: 'ours' });
    const before = megabytes();
    const deaf = await signedIn();
    deaf.socket.pause();
    for (let i = 0; i < 50; i++) {
      deaf.send(command({ find: 'large', filter: {}, $db: 'ours' }));
      await wait(5);
    }
    const started = performance.now();
    assert.equal((await writer.ask({ ping: 1, $db: 'admin' }))?.['ok'], 1);
    const took = Math.round(performance.now() - started);
    const grown = megabytes() - before;
    process.stdout.write(`      50 answers of 4 MB unread: ${grown} MB, the next answer after ${took} ms\n`);
    assert.ok(took < 2000);
    assert.ok(megabytes() - before < 400);
    await Promise.all([deaf.close(), writer.close()]);
  });

  it('what was stored is there, and the file is whole', async () => {
    const client = await signedIn();
    const answer = await client.ask(kept);
    const found = answer!['cursor'].firstBatch as { _id: number; text: string }[];
    assert.deepEqual(
      found.map(({ _id, text }) => [_id, text.length]),
      Array.from({ length: 100 }, (_, i) => [i, i]),
    );
    await client.close();
    await store.close();
    const inner = openStore(dir);
    assert.equal(inner.sqlite.pragma('integrity_check', { simple: true }), 'ok');
    inner.sqlite.close();
  });
});
