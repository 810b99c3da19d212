/** The thread the store runs in: its disk flushes and long scans do not hold up the process's event loop. */
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Door, relayTo } from './door.ts';
import { findEndpoint, type Endpoint } from './endpoint.ts';
import { joinAttached, tryToOwn, type Owner, type OwnOptions } from './own.ts';
import { damageSeen, StoreDamaged, StoreTrouble } from '../faults/trouble.ts';

export type FromWorker =
  | { ready: Endpoint; isOwner: boolean; isAlone: boolean }
  | { inUse: true }
  | { failed: string; kind?: 'damaged' | 'trouble' }
  /** After `ready`: something for the log. */
  | { level: 'warn' | 'error'; text: string };

/** How long to wait for an owner that is starting or stopping. */
const patienceMs = 15_000;

const options = workerData as OwnOptions;
const { dir, brief = false } = options;
const say = (message: FromWorker) => parentPort!.postMessage(message, []);

type Attached = ReturnType<typeof relayTo> & { endpoint: Endpoint };

let door: Door;
let host: Owner | Attached | undefined;
/** Aborted when this process has no more use for the store. */
const stopping = new AbortController();

try {
  door = await Door.open();
  await begin();
} catch (error) {
  fail(error);
}

async function begin(): Promise<void> {
  host = brief ? tryToOwn(options, door.port) : await findHost(performance.now() + patienceMs);
  if (!host) {
    say({ inUse: true });
    return parentPort!.close();
  }
  door.handTo(host);
  parentPort!.on('message', () => void stop());
  const isOwner = 'isAlone' in host;
  say({ ready: { ...host.endpoint, port: door.port }, isOwner, isAlone: 'isAlone' in host && host.isAlone });
  if (!isOwner) keepHost(host).catch(fail);
  reportDamage();
}

/** Whoever has the files, or ourselves. Undefined when it is not known by `giveUpAt`. */
async function findHost(giveUpAt: number): Promise<Owner | Attached | undefined> {
  while (!stopping.signal.aborted && performance.now() < giveUpAt) {
    const endpoint = await findEndpoint(dir);
    if (endpoint && endpoint.port !== door.port) return { ...relayTo(endpoint.port), endpoint };
    const owner = tryToOwn(options, door.port);
    if (owner) return owner;
    await wait(100);
  }
  return undefined;
}

/** When the owner goes, its place is taken: by us, or by another that was attached. */
async function keepHost(first: Owner | Attached): Promise<void> {
  const presence = await untilTaken(() => joinAttached(dir));
  for (let current = first; ;) {
    await current.ended;
    if (stopping.signal.aborted) break;
    const found = await findHost(performance.now() + patienceMs);
    if (stopping.signal.aborted) {
      await found?.stop(Promise.resolve());
      break;
    }
    if (!found) {
      say({ level: 'error', text: 'The process that has the store open does not answer; still trying' });
      continue; // what has ended has ended: straight back to looking
    }
    current = host = found;
    door.handTo(found);
    if ('isAlone' in found)
      say({ level: 'warn', text: 'The process that had the store is gone; this one has it now' });
  }
  presence.release();
}

async function untilTaken<T>(take: () => T | undefined): Promise<T> {
  for (;;) {
    const taken = take();
    if (taken) return taken;
    await wait(20);
  }
}

async function stop(): Promise<void> {
  stopping.abort();
  const closed = door.close();
  if (host && 'isAlone' in host) await host.stop(closed);
  else host?.stop();
  await closed;
  parentPort!.close();
}

/** A damaged page spoils whatever needs it, again and again: the log says so once. */
function reportDamage(): void {
  let said = false;
  subscribe(damageSeen, (message) => {
    if (!said)
      say({
        level: 'error',
        text: `The store's file is damaged: ${String(message)}. Stop the server and restore the last backup (npx coursedock restore BACKUP)`,
      });
    said = true;
  });
}

function fail(error: unknown): void {
  const kind =
    error instanceof StoreDamaged ? 'damaged' : error instanceof StoreTrouble ? 'trouble' : undefined;
  say({ failed: (error as Error).message, kind });
  process.exit(1);
}
