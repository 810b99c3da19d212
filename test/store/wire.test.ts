import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../src/store/embedded/data/store.ts';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { makeRandom } from './random.ts';
import { RawClient } from './raw-client.ts';
import { noise } from './wire-noise.ts';

/** The short form of test/soak/store-wire.soak.ts. */
describe('the wire of the embedded store', () => {
  let dir: string;
  let store: EmbeddedStore;
  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'coursedock-wire-'));
    store = await startEmbeddedStore({ dir, flush: false });
  });
  after(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  for (const signedIn of [false, true]) {
    it(`takes any bytes ${signedIn ? 'after' : 'before'} signing in, and answers the next client`, async () => {
      const { port, username, password } = new URL(store.url);
      const random = makeRandom(signedIn ? 11 : 10);
      for (let i = 0; i < 150; i++) {
        const client = new RawClient(Number(port));
        if (signedIn) await client.signIn({ username, password });
        client.send(noise(random));
        client.socket.end();
        await client.closed;
      }
      const client = new RawClient(Number(port));
      await client.signIn({ username, password });
      assert.equal((await client.ask({ ping: 1, $db: 'admin' }))?.['ok'], 1);
      await client.close();
    });
  }

  it('leaves a file that is whole', async () => {
    await store.close();
    const inner = openStore(dir);
    assert.equal(inner.sqlite.pragma('integrity_check', { simple: true }), 'ok');
    inner.sqlite.close();
  });
});
