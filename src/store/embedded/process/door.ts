import { connect, createServer, type Server, type Socket } from 'node:net';

/** Serves connections until `ended`, which is when another has to. */
export type Host = { serve: (socket: Socket) => void; ended: Promise<void> };

/**
 * This process's loopback port. It stays the same for as long as the process lives, whoever serves behind it: so a driver
 * that has lost its connection finds the store again at the address it knows.
 */
export class Door {
  readonly port: number;
  readonly #server: Server;
  readonly #waiting = new Set<Socket>();
  #serve: Host['serve'] | undefined;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => this.#take(socket));
  }

  /** Listens on a free port; who comes waits until {@link handTo} says who serves. */
  static async open(): Promise<Door> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (!address || typeof address === 'string') throw new Error('The store has no port');
    return new Door(server, address.port);
  }

  handTo(host: Host): void {
    this.#serve = host.serve;
    for (const socket of this.#waiting) host.serve(socket);
    this.#waiting.clear();
    void this.#forget(host);
  }

  async #forget(host: Host): Promise<void> {
    await host.ended;
    if (this.#serve === host.serve) this.#serve = undefined;
  }

  /** Nobody new comes in; resolves when those inside have gone. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve));
    for (const socket of this.#waiting) socket.destroy();
    await closed;
  }

  #take(socket: Socket): void {
    if (this.#serve) return this.#serve(socket);
    this.#waiting.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#waiting.delete(socket));
  }
}

/** Answers that came just before the end still reach whoever asked. */
const lastWordsMs = 20;

/**
 * Passes connections on to the owner of the store, for as long as that one lives. When it goes, clients are told by a reset:
 * after a connection has been closed as usual there is a moment in which Node.js takes a write for it that it will never
 * report on, and the mongodb driver (7.8: `writeCommand` waits for "drain") then waits for ever.
 */
export function relayTo(port: number): Host & { stop: () => void } {
  const clients = new Set<Socket>();
  // Says nothing and hears nothing: it closes when the owner goes.
  const lifeline = connect({ host: '127.0.0.1', port });
  const ended = new Promise<void>((resolve) => void lifeline.once('close', () => resolve()));
  lifeline.on('error', () => lifeline.destroy());
  lifeline.resume();
  return {
    ended,
    serve: (client) => {
      const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
      clients.add(client);
      client.pipe(upstream);
      upstream.pipe(client, { end: false });
      for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
      upstream.on('close', () => setTimeout(() => client.resetAndDestroy(), lastWordsMs));
      client.on('close', () => {
        clients.delete(client);
        upstream.destroySoon();
      });
    },
    stop: () => {
      lifeline.destroy();
      for (const client of clients) client.destroySoon();
    },
  };
}
