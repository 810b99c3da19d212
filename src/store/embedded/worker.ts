/** The thread the store runs in: its disk flushes and long scans do not hold up the process's event loop. */
import { parentPort, workerData } from 'node:worker_threads';
import { writeEndpoint, removeEndpoint, type Endpoint } from './endpoint.ts';
import { FileInUse } from './database.ts';
import { removeExpired } from './expire.ts';
import { makeSecret } from './scram.ts';
import { StoreServer } from './server.ts';
import { openStore } from './store.ts';

export type WorkerData = {
  dir: string;
  user: string;
  password: string;
  flush?: boolean;
  expireEveryMs?: number;
};
export type FromWorker = { ready: Endpoint } | { inUse: true } | { failed: string } | { closed: true };

const { dir, user, password, flush, expireEveryMs = 60_000 } = workerData as WorkerData;
const say = (message: FromWorker) => parentPort!.postMessage(message);

try {
  const store = openStore(dir, { flush });
  removeEndpoint(dir); // of an owner that did not live to remove it
  const server = new StoreServer(store, makeSecret(user, password));
  const port = await server.listen();
  const endpoint = { port, user, password };
  const tidy = setInterval(() => {
    server.batches.add({ run: () => ({ removed: removeExpired(store) }), writes: true, answer: () => {} });
    store.cursors.closeIdle();
  }, expireEveryMs);
  parentPort!.on('message', () => {
    clearInterval(tidy);
    void server.close().then(() => {
      removeEndpoint(dir);
      store.sqlite.close();
      say({ closed: true });
      parentPort!.close();
    });
  });
  writeEndpoint(dir, endpoint);
  say({ ready: endpoint });
} catch (error) {
  say(error instanceof FileInUse ? { inUse: true } : { failed: (error as Error).message });
  parentPort!.close();
}
