import { join } from 'node:path';
import { FileInUse } from '../data/database.ts';
import type { Host } from './door.ts';
import { ownCredentials, removeEndpoint, writeEndpoint, type Endpoint } from './endpoint.ts';
import { removeExpired } from './expire.ts';
import { FileLock } from './file-lock.ts';
import { makeSecret } from '../wire/scram.ts';
import { StoreServer } from './server.ts';
import { checkAtStart, wasLeftOpen } from '../data/start-check.ts';
import { openStore, type Store } from '../data/store.ts';

export type OwnOptions = {
  dir: string;
  /** Flush every commit to the disk (default). Without, a power cut may take the last commits; a killed process does not. */
  flush?: boolean;
  /** A command that will soon be done: as an owner it lets nobody attach (they wait), attached it takes over from nobody. */
  brief?: boolean;
  /** How often documents whose time is over are removed; every minute. */
  expireEveryMs?: number;
};

export type Owner = Host & {
  endpoint: Endpoint;
  isAlone: boolean;
  stop: (doorClosed: Promise<void>) => Promise<void>;
};

/** Opens the files and serves them at `port`. Undefined while another process has them. @throws StoreDamaged */
export function tryToOwn(options: OwnOptions, port: number): Owner | undefined {
  const { dir, flush, brief = false, expireEveryMs = 60_000 } = options;
  const wasOpen = wasLeftOpen(dir);
  const store = openUnlessInUse(dir, flush);
  if (!store) return undefined;
  try {
    checkAtStart(store, wasOpen);
  } catch (error) {
    store.sqlite.close();
    throw error;
  }
  removeEndpoint(dir); // of an owner that did not live to remove it
  const endpoint = { ...ownCredentials(dir), port };
  const secret = makeSecret(endpoint.user, endpoint.password);
  const server = new StoreServer(store, secret, endpoint.instance);
  const tidy = setInterval(() => {
    server.batches.add({ run: () => ({ removed: removeExpired(store) }), writes: true, answer: () => {} });
    store.cursors.closeIdle();
  }, expireEveryMs);
  if (!brief) writeEndpoint(dir, endpoint);
  return {
    endpoint,
    isAlone: isAlone(dir),
    serve: (socket) => server.serve(socket),
    ended: new Promise(() => {}),
    stop: async (doorClosed) => {
      clearInterval(tidy);
      await server.close();
      await doorClosed;
      removeEndpoint(dir);
      store.sqlite.close();
    },
  };
}

function openUnlessInUse(dir: string, flush?: boolean): Store | undefined {
  try {
    return openStore(dir, { flush });
  } catch (error) {
    if (error instanceof FileInUse) return undefined;
    throw error;
  }
}

const attachedPath = (dir: string) => join(dir, 'attached.lock');

/** Says that this process works on the store without owning it; undefined while somebody is just looking whether anybody does. */
export function joinAttached(dir: string): FileLock | undefined {
  return FileLock.shared(attachedPath(dir));
}

/** Is nobody attached: neither to us nor, still, to an owner that has gone? */
function isAlone(dir: string): boolean {
  const lock = FileLock.alone(attachedPath(dir));
  lock?.release();
  return lock !== undefined;
}
