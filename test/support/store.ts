import { readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';

let number = 0;
let server: Promise<string> | undefined;

/**
 * A new database: on the server that TEST_MONGODB_URL names, else on one embedded store for all that a process of tests opens.
 * Starting one for each would be a tenth of all that the tests do. Who tests what is about folders or other processes gives
 * the folder (`dataDir`), and has a store in it.
 */
export async function newDatabase(): Promise<string> {
  const url = new URL(process.env.TEST_MONGODB_URL ?? (await (server ??= startServer())));
  url.pathname = `/coursedock_${process.pid}_${number++}_${Math.random().toString(36).slice(2, 8)}`;
  return url.href;
}

async function startServer(): Promise<string> {
  const name = 'coursedock-tests-';
  // A process of tests may be ended without a word.
  for (const entry of readdirSync(tmpdir())) {
    if (entry.startsWith(name) && !isAlive(Number(entry.slice(name.length)))) remove(join(tmpdir(), entry));
  }
  const dir = join(tmpdir(), name + process.pid);
  process.on('exit', () => remove(dir));
  return (await startEmbeddedStore({ dir })).url;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
}
