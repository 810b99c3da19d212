import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

/** Where the process that owns the store can be reached, and as whom: for other processes of the same user. */
export type Endpoint = { port: number; user: string; password: string };

const pathIn = (dir: string) => join(dir, 'endpoint.json');

/** Written whole or not at all, for nobody else to read. */
export function writeEndpoint(dir: string, endpoint: Endpoint): void {
  const path = pathIn(dir);
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, JSON.stringify(endpoint), { mode: 0o600, flag: 'wx' });
  renameSync(fresh, path);
}

export function removeEndpoint(dir: string): void {
  rmSync(pathIn(dir), { force: true });
}

/** The endpoint that the owner has written, if there is one and somebody answers there. */
export async function findEndpoint(dir: string): Promise<Endpoint | undefined> {
  let endpoint: Endpoint;
  try {
    endpoint = JSON.parse(readFileSync(pathIn(dir), 'utf8')) as Endpoint;
  } catch {
    return undefined; // the owner is only just starting, or has stopped
  }
  return (await answers(endpoint.port)) ? endpoint : undefined;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

export function urlOf({ port, user, password }: Endpoint): string {
  const url = new URL(`mongodb://127.0.0.1:${port}/coursedock`);
  url.username = user;
  url.password = password;
  url.search = new URLSearchParams({
    directConnection: 'true',
    authSource: 'admin',
    authMechanism: 'SCRAM-SHA-256',
  }).toString();
  return url.href;
}
