/** A client of the wire protocol that can say anything: what drivers would never send. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Binary, deserialize, serialize, type Document } from 'bson';

/** A message of operation `op`. `length` and `op` may be anything. */
export function message(body: Buffer, { op = 2013, length = body.length + 16, id = 1 } = {}): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length | 0, 0);
  head.writeInt32LE(id | 0, 4);
  head.writeInt32LE(op | 0, 12);
  return Buffer.concat([head, body]);
}

/** An OP_MSG with one document. */
export function command(doc: Document, flags = 0): Buffer {
  return message(section(Buffer.from(serialize(doc)), flags));
}

export function section(doc: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(flags >>> 0);
  return Buffer.concat([head, doc]);
}

export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => void this.socket.once('close', resolve));
    this.socket.on('data', (chunk) => (this.#received = Buffer.concat([this.#received, chunk])));
  }

  send(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** The next answer; undefined when the server hangs up. */
  async answer(): Promise<Document | undefined> {
    while (this.#received.length < 4 || this.#received.length < this.#received.readInt32LE(0)) {
      if (this.socket.destroyed) return undefined;
      await Promise.race([once(this.socket, 'data').catch(() => {}), this.closed]);
    }
    const length = this.#received.readInt32LE(0);
    const doc = deserialize(this.#received.subarray(21, length));
    this.#received = this.#received.subarray(length);
    return doc;
  }

  async ask(doc: Document): Promise<Document | undefined> {
    this.send(command(doc));
    return this.answer();
  }

  /** SCRAM-SHA-256, as a driver does it. */
  async signIn({ username, password }: { username: string; password: string }): Promise<void> {
    const first = `n=${username},r=${randomBytes(18).toString('base64')}`;
    const text = (doc: Document | undefined) =>
      (doc?.['payload'] as Binary | undefined)?.toString('utf8') ?? '';
    const started = text(
      await this.ask({
        saslStart: 1,
        mechanism: 'SCRAM-SHA-256',
        payload: new Binary(Buffer.from(`n,,${first}`)),
        options: { skipEmptyExchange: true },
        $db: 'admin',
      }),
    );
    const [nonce, salt, count] = started.split(',').map((part) => part.slice(2)) as [string, string, string];
    const hmac = (key: Buffer, of: string) => createHmac('sha256', key).update(of).digest();
    const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(count), 32, 'sha256');
    const key = hmac(salted, 'Client Key');
    const bare = `c=biws,r=${nonce}`;
    const signature = hmac(createHash('sha256').update(key).digest(), `${first},${started},${bare}`);
    const proof = Buffer.from(key.map((byte, i) => byte ^ signature[i]!)).toString('base64');
    const done = await this.ask({
      saslContinue: 1,
      conversationId: 1,
      payload: new Binary(Buffer.from(`${bare},p=${proof}`)),
      $db: 'admin',
    });
    if (!done?.['done']) throw new Error('The store did not let the client in');
  }

  async close(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}
