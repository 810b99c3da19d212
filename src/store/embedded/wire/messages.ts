/**
 * MongoDB's wire protocol, as far as drivers of today use it: OP_MSG, and OP_QUERY for the first hello.
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */
import type { Document } from 'bson';
import { checkDocument, Elements, parse, write } from '../values/raw.ts';

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerSize = 16;
/** What `hello` announces. */
export const maxMessageSize = 48_000_000;
/** Before somebody has signed in there is nothing large to say. */
export const maxGreetingSize = 16 * 1024;

/** The bytes are no message: the connection is closed. */
export class Malformed extends Error {
  override name = 'Malformed';
}

/** One command as it came. */
export type Message = {
  requestId: number;
  legacy: boolean;
  /** The sender does not wait for an answer. */
  unanswered: boolean;
  name: string;
  db: string;
  /** The arguments, parsed, without the lists. */
  args: Document;
  body: Buffer;
  /** `documents`, `updates`, `deletes`, …, from wherever they stood in the message, as bytes. */
  lists: Map<string, Buffer[]>;
};

/** Cuts a stream of bytes into messages. */
export class Framer {
  #chunks: Buffer[] = [];
  #length = 0;

  /** The whole messages that there are now. @throws Malformed */
  push(chunk: Buffer, limit: number): Buffer[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Buffer[] = [];
    while (this.#length >= headerSize) {
      if (this.#chunks[0]!.length < 4) this.#join();
      const size = this.#chunks[0]!.readInt32LE(0);
      if (size < headerSize || size > limit) throw new Malformed(`A message of ${size} bytes`);
      if (this.#length < size) break;
      if (this.#chunks[0]!.length < size) this.#join();
      const whole = this.#chunks[0]!;
      messages.push(whole.subarray(0, size));
      if (whole.length === size) this.#chunks.shift();
      else this.#chunks[0] = whole.subarray(size);
      this.#length -= size;
    }
    return messages;
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks)];
  }
}

const listNames = new Set(['documents', 'updates', 'deletes', 'ops', 'nsInfo']);

/** Reads one message. @throws Malformed, and what parsing throws */
export function readMessage(bytes: Buffer): Message {
  const requestId = bytes.readInt32LE(4);
  const op = bytes.readInt32LE(12);
  if (op === opMsg) return readMsg(bytes, requestId);
  if (op === opQuery) return readQuery(bytes, requestId);
  throw new Malformed(`Operation ${op} is not supported`);
}

function readMsg(bytes: Buffer, requestId: number): Message {
  const flags = bytes.readUInt32LE(headerSize);
  if (flags & 0xffff & ~0b11) throw new Malformed(`Unknown flags ${flags}`);
  const end = bytes.length - (flags & 1 ? 4 : 0);
  const lists = new Map<string, Buffer[]>();
  let body: Buffer | undefined;
  for (let at = headerSize + 4; at < end;) {
    const kind = bytes[at++];
    const size = bytes.readInt32LE(at);
    if (size < 5 || at + size > end) throw new Malformed('A section is longer than its message');
    if (kind === 0 && !body) body = bytes.subarray(at, at + size);
    else if (kind === 1) {
      const nameEnd = bytes.indexOf(0, at + 4);
      if (nameEnd < 0 || nameEnd >= at + size) throw new Malformed('A section has no name');
      lists.set(bytes.toString('utf8', at + 4, nameEnd), documentsIn(bytes, nameEnd + 1, at + size));
    } else throw new Malformed(`A section of kind ${kind}`);
    at += size;
  }
  if (!body) throw new Malformed('A message without a body');
  return { ...readBody(body, lists), requestId, legacy: false, unanswered: Boolean(flags & 2) };
}

function documentsIn(bytes: Buffer, at: number, end: number): Buffer[] {
  const documents: Buffer[] = [];
  while (at < end) {
    const size = bytes.readInt32LE(at);
    if (size < 5 || at + size > end) throw new Malformed('A document is longer than its section');
    documents.push(bytes.subarray(at, at + size));
    at += size;
  }
  return documents;
}

function readBody(body: Buffer, lists: Map<string, Buffer[]>) {
  checkCommand(body);
  const kept: Buffer[] = [];
  let name: string | undefined;
  const element = new Elements(body);
  while (element.next()) {
    const field = element.name;
    name ??= field;
    if (listNames.has(field) && element.type === 4) lists.set(field, itemsOf(body, element.value));
    else kept.push(body.subarray(element.start, element.end));
  }
  if (name === undefined) throw new Malformed('A command without a name');
  const length = kept.reduce((sum, part) => sum + part.length, 5);
  const rest = Buffer.concat([Buffer.alloc(4), ...kept, Buffer.alloc(1)]);
  rest.writeInt32LE(length);
  const args = parse(rest);
  return { name, db: String(args['$db'] ?? ''), args, body, lists };
}

/** The command itself may be larger than a document: it carries documents. */
function checkCommand(body: Buffer): void {
  try {
    checkDocument(body, maxMessageSize);
  } catch (error) {
    throw new Malformed((error as Error).message);
  }
}

function itemsOf(buf: Buffer, at: number): Buffer[] {
  const items: Buffer[] = [];
  const element = new Elements(buf, at);
  while (element.next()) {
    if (element.type !== 3) throw new Malformed('A list of documents holds something else');
    items.push(buf.subarray(element.value, element.end));
  }
  return items;
}

function readQuery(bytes: Buffer, requestId: number): Message {
  const nameEnd = bytes.indexOf(0, headerSize + 4);
  const at = nameEnd + 9;
  if (nameEnd < 0 || at + 5 > bytes.length) throw new Malformed('A query without an end');
  const size = bytes.readInt32LE(at);
  if (size < 5 || at + size > bytes.length) throw new Malformed('A query is longer than its message');
  const read = readBody(bytes.subarray(at, at + size), new Map());
  const db = bytes.toString('utf8', headerSize + 4, nameEnd).split('.')[0]!;
  return { ...read, db, requestId, legacy: true, unanswered: false };
}

let answers = 0;

/** The answer to a message: a document, or its bytes in pieces. */
export function writeAnswer(
  message: Pick<Message, 'requestId' | 'legacy'>,
  answer: Document | Buffer[],
): Buffer {
  const parts = Array.isArray(answer) ? (answer as Buffer[]) : [write(answer)];
  const head = Buffer.alloc(message.legacy ? headerSize + 20 : headerSize + 5);
  const length = parts.reduce((sum, part) => sum + part.length, head.length);
  head.writeInt32LE(length, 0);
  answers = (answers + 1) & 0x7fffffff;
  head.writeInt32LE(answers, 4);
  head.writeInt32LE(message.requestId, 8);
  head.writeInt32LE(message.legacy ? opReply : opMsg, 12);
  if (message.legacy) {
    head.writeInt32LE(8, headerSize); // await capable
    head.writeInt32LE(1, headerSize + 16); // one document
  }
  return Buffer.concat([head, ...parts], length);
}
