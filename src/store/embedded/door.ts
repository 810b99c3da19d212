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

/** Passes connections on to the owner of the store, for as long as that one lives. */
export function relayTo(port: number): Host & { stop: () => void } {
  const sockets = new Set<Socket>();
  const join = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.pipe(to);
    from.on('error', () => from.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroySoon();
    });
  };
  // Says nothing and hears nothing: it closes when the owner goes.
  const lifeline = connect({ host: '127.0.0.1', port });
  const ended = new Promise<void>((resolve) => void lifeline.once('close', () => resolve()));
  lifeline.on('error', () => lifeline.destroy());
  lifeline.resume();
  return {
    ended,
    serve: (socket) => {
      const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
      join(socket, upstream);
      join(upstream, socket);
    },
    stop: () => {
      lifeline.destroy();
      for (const socket of sockets) socket.destroySoon();
    },
  };
}
