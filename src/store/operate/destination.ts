import mongoose from 'mongoose';
import { StoreTrouble } from '../embedded/faults/trouble.ts';

export type Destination = { db: mongoose.mongo.Db; close: () => Promise<void> };

/** Connects to the database that an address names. @throws StoreTrouble, which never holds the password */
export async function connectTo(url: string): Promise<Destination> {
  if (!/^mongodb(\+srv)?:\/\//.test(url))
    throw new StoreTrouble(
      'The destination must be an address that begins with mongodb:// or mongodb+srv://',
    );
  let client: mongoose.mongo.MongoClient | undefined;
  try {
    client = new mongoose.mongo.MongoClient(url, {
      ...(/serverSelectionTimeoutMS=/i.test(url) ? {} : { serverSelectionTimeoutMS: 10_000 }),
      retryWrites: false,
    });
    const name = databaseIn(url);
    if (!name)
      throw new StoreTrouble('The destination must name a database, as in mongodb://host:27017/coursedock');
    await client.connect();
    const db = client.db(name);
    await db.listCollections({}, { nameOnly: true }).toArray(); // whoever may not even look is told so now
    return { db, close: () => client!.close() };
  } catch (error) {
    await client?.close();
    throw sayWithoutSecrets(error, url);
  }
}

/** The path of the address. (Several hosts make it no address in the sense of WHATWG's URL.) */
function databaseIn(url: string): string {
  const name = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]*)/.exec(url)?.[1] ?? '';
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The hosts and the database, without user, password and options. */
function placeIn(url: string): string {
  const rest = url.replace(/^mongodb(\+srv)?:\/\//, '').replace(/\?.*$/s, '');
  return rest.slice(rest.lastIndexOf('@') + 1);
}

/** What a driver says of a server, in sentences of ours: its own may quote the address. */
export function sayWithoutSecrets(error: unknown, url: string): unknown {
  if (error instanceof StoreTrouble) return error;
  const {
    name = '',
    message = '',
    code,
    cause,
  } = error as { name?: string; code?: unknown; message?: string; cause?: unknown };
  const place = placeIn(url);
  const say = (text: string) => new StoreTrouble(`${text} The store was left as it is.`);
  const inner = (cause as { code?: unknown } | undefined)?.code;
  if (code === 18 || code === 8000 || inner === 18)
    return say(`${place} refuses the user name or the password.`);
  if (code === 13)
    return say(`The user has no right to do this on ${place}: it needs to read and write that database.`);
  if (name === 'MongoServerSelectionError' || name.startsWith('MongoNetwork'))
    return say(
      `${place} cannot be reached, or was lost on the way. Is it running, and may this machine connect to it?`,
    );
  if (/Parse|InvalidArgument|APIError/.test(name) || name === 'TypeError' || name === 'URIError')
    return say('The destination is not an address that MongoDB drivers understand.');
  if (name === 'MongoServerError' || name === 'MongoBulkWriteError' || name.startsWith('MongoInvalid'))
    return say(`${place} refused what was asked of it: ${withoutSecrets(message, url)}.`);
  return (code as string | undefined)?.toString().startsWith('E')
    ? say(`${place} cannot be reached (${String(code)}).`)
    : error;
}

/** A server's words, unless they hold the password. */
function withoutSecrets(message: string, url: string): string {
  const password = /\/\/[^:@/]*:(.*)@/s.exec(url)?.[1];
  return password && message.includes(password) ? '(it quotes the password)' : message.replace(/\.$/, '');
}
