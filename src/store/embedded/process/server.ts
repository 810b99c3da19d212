import { createServer, type Server, type Socket } from 'node:net';
import { Batches } from './batches.ts';
import type { Answer, Session } from '../commands/command.ts';
import { commandOf, errorAnswer } from '../commands/table.ts';
import type { Secret } from '../wire/scram.ts';
import type { Store } from '../data/store.ts';
import {
  Framer,
  maxGreetingSize,
  maxMessageSize,
  readMessage,
  writeAnswer,
  type Message,
} from '../wire/messages.ts';

/** The store on a loopback port. */
export class StoreServer {
  readonly #batches: Batches;
  readonly #secret: Secret;
  readonly #instance: string;
  readonly #store: Store;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  constructor(store: Store, secret: Secret, instance: string) {
    this.#instance = instance;
    this.#store = store;
    this.#secret = secret;
    this.#batches = new Batches(store);
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  /** Listens on a free port of the loopback address, and says which. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    const address = this.#server.address();
    if (!address || typeof address === 'string') throw new Error('The store has no port');
    return address.port;
  }

  get batches(): Batches {
    return this.#batches;
  }

  /** Serves a connection that came in at a door of somebody else's. */
  serve(socket: Socket): void {
    this.#serve(socket);
  }

  /** Takes no more, finishes what has been asked, hangs up. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve));
    this.#batches.drain();
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serve(socket: Socket): void {
    const session: Session = {
      id: ++this.#connections,
      secret: this.#secret,
      instance: this.#instance,
      signedIn: false,
    };
    const framer = new Framer();
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => socket.resume());
    socket.on('data', (chunk) => {
      try {
        const limit = session.signedIn ? maxMessageSize : maxGreetingSize;
        for (const bytes of framer.push(chunk, limit)) this.#take(readMessage(bytes), session, socket);
      } catch {
        socket.destroy(); // not our protocol: there is nobody to explain it to
      }
    });
  }

  #take(message: Message, session: Session, socket: Socket): void {
    const answer = (given: Answer) => {
      if (message.unanswered || socket.destroyed) return;
      if (!socket.write(bytesOf(message, given))) socket.pause();
    };
    try {
      const command = commandOf(message, session);
      const run = () => command.run(this.#store, message, session);
      // Greetings are answered in the turn they come in: what follows on the connection depends on them.
      if (command.open) answer(run());
      else this.#batches.add({ run, writes: command.writes, answer });
    } catch (error) {
      answer(errorAnswer(error));
    }
  }
}

/** An answer that cannot be written, such as one that is too large, is itself an error. */
function bytesOf(message: Message, given: Answer): Buffer {
  try {
    return writeAnswer(message, given);
  } catch (error) {
    return writeAnswer(message, errorAnswer(error));
  }
}
