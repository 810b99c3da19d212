/** The thread the store runs in: its disk flushes and long scans do not hold up the process's event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { writeEndpoint, removeEndpoint, type Credentials, type Endpoint } from './endpoint.ts';
import { FileInUse } from './database.ts';
import { removeExpired } from './expire.ts';
import { makeSecret } from './scram.ts';
import { StoreServer } from './server.ts';
import type { EmbeddedOptions } from './start.ts';
import { openStore } from './store.ts';

export type WorkerData = EmbeddedOptions & { credentials: Credentials };
export type FromWorker = { ready: Endpoint } | { inUse: true } | { failed: string };

const { dir, credentials, flush, brief = false, expireEveryMs = 60_000 } = workerData as WorkerData;
const say = (message: FromWorker) => parentPort!.postMessage(message, []);

try {
  const store = openStore(dir, { flush });
  removeEndpoint(dir); // of an owner that did not live to remove it
  const server = new StoreServer(
    store,
    makeSecret(credentials.user, credentials.password),
    credentials.instance,
  );
  const port = await server.listen();
  const endpoint = { ...credentials, port };
  const tidy = setInterval(() => {
    server.batches.add({ run: () => ({ removed: removeExpired(store) }), writes: true, answer: () => {} });
    store.cursors.closeIdle();
  }, expireEveryMs);
  const stop = async () => {
    clearInterval(tidy);
    await server.close();
    removeEndpoint(dir);
    store.sqlite.close();
    parentPort!.close();
  };
  parentPort!.on('message', () => void stop());
  if (!brief) writeEndpoint(dir, endpoint);
  say({ ready: endpoint });
} catch (error) {
  say(error instanceof FileInUse ? { inUse: true } : { failed: (error as Error).message });
  parentPort!.close();
}
