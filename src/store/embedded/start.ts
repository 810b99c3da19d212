import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { findEndpoint, urlOf } from './endpoint.ts';
import type { FromWorker, WorkerData } from './worker.ts';

export type EmbeddedStore = {
  /** A mongodb:// address with this start's credentials. */
  url: string;
  /** This process opened the files itself: no other works on them, and whoever did before is gone. */
  isOwner: boolean;
  /** Stops the store, when this process owns it; everything acknowledged is on the disk long before. */
  close: () => Promise<void>;
};

export type EmbeddedOptions = {
  dir: string;
  /** Flush every commit to the disk (default). Without, a power cut may take the last commits; a killed process does not. */
  flush?: boolean;
  /** A command that will soon be done: as an owner it lets nobody attach, for they would lose their store with it; they wait. */
  brief?: boolean;
  /** How often documents whose time is over are removed; every minute. */
  expireEveryMs?: number;
};

/** How long to wait for an owner that is starting or stopping. */
const patienceMs = 15_000;

/**
 * Starts the embedded store on the files in `dir`, or attaches to the process that has them open already. Who owns the
 * files is settled by the operating system's lock on the database, which a dead process does not keep.
 * @throws Error with a sentence when the file is damaged, of a newer version, or held by somebody who does not answer
 */
export async function startEmbeddedStore(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const endpoint = await findEndpoint(options.dir);
    if (endpoint) return { url: urlOf(endpoint), isOwner: false, close: async () => {} };
    const own = await tryToOwn(options);
    if (own) return own;
    if (performance.now() > giveUpAt) {
      throw new Error(
        `The store in ${options.dir} is open in another process, but that process does not answer`,
      );
    }
    await wait(100);
  }
}

/** Undefined when another process has the files. */
async function tryToOwn(options: EmbeddedOptions): Promise<EmbeddedStore | undefined> {
  const random = () => randomBytes(24).toString('base64url');
  const credentials = { user: 'coursedock', password: random(), instance: random() };
  const workerData: WorkerData = { ...options, credentials };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
  const first = await nextMessage(worker);
  if ('inUse' in first) return undefined;
  if (!('ready' in first))
    throw new Error('failed' in first ? first.failed : 'The store stopped while it started');
  let closing: Promise<void> | undefined;
  worker.once('exit', (code) => {
    // Nothing can be read or written any more: better a process that is started again than one that only looks alive.
    if (!closing) throw new Error(`The store stopped by itself (exit code ${code})`);
  });
  return {
    url: urlOf(first.ready),
    isOwner: true,
    close: () => (closing ??= closeWorker(worker)),
  };
}

async function closeWorker(worker: Worker): Promise<void> {
  const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
  worker.postMessage('close', []);
  await ended;
}

function nextMessage(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => resolve({ failed: 'The store stopped while it started' }));
  });
}
