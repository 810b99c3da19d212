import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Framer, maxGreetingSize, readMessage, writeAnswer } from '../wire/messages.ts';

/** Where the process that owns the store can be reached, and as whom: for other processes of the same user. */
export type Endpoint = Credentials & { port: number };

/** `instance` is new at every start, tells starts apart and is no secret. */
export type Credentials = { user: string; password: string; instance: string };

const pathIn = (dir: string) => join(dir, 'endpoint.json');
const passwordPattern = /^[\w-]{32,}$/;

/** Written whole or not at all, for nobody else to read. */
function writePrivate(path: string, text: string): void {
  const fresh = `${path}.${process.pid}`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, path);
}

export function writeEndpoint(dir: string, endpoint: Endpoint): void {
  writePrivate(pathIn(dir), JSON.stringify(endpoint));
}

/**
 * The credentials of this start, for the owner only. The password stays from start to start, in a file beside the
 * database that only this user can read: whoever was attached to the last owner has to be known to the next.
 */
export function ownCredentials(dir: string): Credentials {
  const path = join(dir, 'password');
  const random = () => randomBytes(24).toString('base64url');
  let password = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (!passwordPattern.test(password)) writePrivate(path, (password = random()));
  return { user: 'coursedock', password, instance: random() };
}

export function removeEndpoint(dir: string): void {
  rmSync(pathIn(dir), { force: true });
}

/** The endpoint that the owner has written, if there is one and that very owner answers there. */
export async function findEndpoint(dir: string): Promise<Endpoint | undefined> {
  const endpoint = readEndpoint(dir);
  return endpoint && (await instanceAt(endpoint.port)) === endpoint.instance ? endpoint : undefined;
}

/** Undefined while the owner is only just starting, when it has stopped, and for a file that no owner wrote. */
function readEndpoint(dir: string): Endpoint | undefined {
  try {
    const endpoint = JSON.parse(readFileSync(pathIn(dir), 'utf8')) as Endpoint;
    const { port, user, password, instance } = endpoint;
    const isPort = Number.isInteger(port) && port > 0 && port < 65_536;
    return isPort && [user, password, instance].every((one) => typeof one === 'string')
      ? endpoint
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Which store says hello on a port: after a crash the port may be somebody else's. (Only an aid: what proves the store is
 * the sign-in, in which the server, too, shows that it knows the password.)
 */
function instanceAt(port: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2000 });
    const framer = new Framer();
    const end = (instance?: unknown) => {
      socket.destroy();
      resolve(instance);
    };
    socket.once('connect', () =>
      socket.write(writeAnswer({ requestId: 0, legacy: false }, { hello: 1, $db: 'admin' })),
    );
    socket.once('error', () => end());
    socket.once('timeout', () => end());
    socket.once('close', () => end());
    socket.on('data', (chunk) => {
      try {
        for (const bytes of framer.push(chunk, maxGreetingSize)) end(readMessage(bytes).args['instance']);
      } catch {
        end();
      }
    });
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
