import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { findEndpoint, urlOf } from './process/endpoint.ts';
import { StoreDamaged, StoreTrouble } from './faults/trouble.ts';
import type { OwnOptions } from './process/own.ts';
import type { FromWorker } from './process/worker.ts';

export type EmbeddedStore = {
  /** A mongodb:// address with credentials. It stays good for as long as this process lives, whoever has the files. */
  url: string;
  /** This process opened the files itself. Later it may do so again, when it was attached and the owner has gone. */
  isOwner: boolean;
  /** This process opened the files and none was attached to whoever had them before: what a dead one held is free. */
  isAlone: boolean;
  /** Stops the store, when this process owns it; everything acknowledged is on the disk long before. */
  close: () => Promise<void>;
};

export type EmbeddedOptions = OwnOptions & {
  /** Told what belongs in the log: that this process has taken over, that the file is damaged. */
  tell?: (level: 'warn' | 'error', text: string) => void;
};

/** How long to wait for an owner that is starting or stopping. */
const patienceMs = 15_000;

/**
 * Starts the embedded store on the files in `dir`, or attaches to the process that has them open already. Who owns the
 * files is settled by the operating system's lock on the database, which a dead process does not keep. When the owner
 * goes, one of those attached takes its place.
 * @throws StoreDamaged, and StoreTrouble when the file is of a newer version or held by somebody who does not answer
 */
export async function startEmbeddedStore(options: EmbeddedOptions): Promise<EmbeddedStore> {
  const giveUpAt = performance.now() + patienceMs;
  do {
    const endpoint = options.brief ? await findEndpoint(options.dir) : undefined;
    if (endpoint) return { url: urlOf(endpoint), isOwner: false, isAlone: false, close: async () => {} };
    const store = await startWorker(options);
    if (store) return store;
    await wait(100);
  } while (performance.now() < giveUpAt);
  throw new StoreTrouble(
    `The store in ${options.dir} is open in another process, and that process does not answer. ` +
      'If it is a command such as restore or move, wait until it is done; otherwise end it and try again.',
  );
}

/** A thread has no compile cache but the one its environment names, and reads nothing else there. */
function workerEnvironment(): Record<string, string> {
  const cache = getCompileCacheDir();
  return cache ? { NODE_COMPILE_CACHE: dirname(cache) } : {};
}

/** Undefined when another process has the files and cannot be attached to. */
async function startWorker({ tell, ...options }: EmbeddedOptions): Promise<EmbeddedStore | undefined> {
  const { dir, flush, brief, expireEveryMs } = options;
  const workerData: OwnOptions = { dir, flush, brief, expireEveryMs };
  const worker = new Worker(new URL('./process/worker.ts', import.meta.url), {
    workerData,
    env: workerEnvironment(),
  });
  const first = await nextMessage(worker);
  if ('inUse' in first) return undefined;
  if (!('ready' in first)) throw troubleOf(first);
  let closing: Promise<void> | undefined;
  let ending: Error | undefined;
  worker.on('message', (message: FromWorker) => {
    if ('level' in message) tell?.(message.level, message.text);
    else if ('failed' in message) ending = troubleOf(message);
  });
  worker.once('exit', (code) => {
    // Nothing can be read or written any more: better a process that is started again than one that only looks alive.
    if (!closing) throw ending ?? new Error(`The store stopped by itself (exit code ${code})`);
  });
  return {
    url: urlOf(first.ready),
    isOwner: first.isOwner,
    isAlone: first.isAlone,
    close: () => (closing ??= closeWorker(worker)),
  };
}

function troubleOf(message: FromWorker): Error {
  if (!('failed' in message))
    return new Error('The store said something else than expected while it started');
  const { failed, kind } = message;
  if (kind === 'damaged') return new StoreDamaged(failed);
  return kind === 'trouble' ? new StoreTrouble(failed) : new Error(failed);
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
