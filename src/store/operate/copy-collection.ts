import mongoose from 'mongoose';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import type { Progress } from './progress.ts';
import { DocumentSum } from './sum.ts';

type Db = mongoose.mongo.Db;
const { BSON } = mongoose.mongo;

export type Moved = {
  name: string;
  documents: number;
  /** Besides `_id_`. */
  indexes: number;
  bytes?: number;
  checksum?: string;
  /** A view has no documents of its own; `moved before`: an earlier, interrupted run had brought and compared it. */
  kind?: 'view' | 'moved before';
};

/** Values stay of the type they are: an int, a double and a long are three. */
const typed = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true } as const;
const atOnce = { documents: 1000, bytes: 8_000_000 };

/** Copies the documents of one collection, which is there and empty, and compares both sides by their bytes. @throws StoreTrouble when they differ */
export async function copyDocuments(from: Db, to: Db, name: string, progress: Progress): Promise<Moved> {
  const of = await from.collection(name).countDocuments();
  const target = to.collection(name);
  const sent = new DocumentSum();
  let batch: mongoose.mongo.Document[] = [];
  let size = 0;
  const send = async () => {
    if (batch.length)
      await target.insertMany(batch, { ordered: true, forceServerObjectId: true, ignoreUndefined: false });
    [batch, size] = [[], 0];
    progress(`Copying ${name} (${sent.count} of ${of} documents)`);
  };
  for await (const raw of rawDocuments(from, name)) {
    const document = BSON.deserialize(raw, { ...typed, validation: { utf8: false } });
    if (!raw.equals(BSON.serialize(document, { ignoreUndefined: false })))
      throw new StoreTrouble(
        `A document of ${name} cannot be copied byte for byte (it has values of a type that drivers no longer write): ` +
          `_id ${String(document['_id'])}. The store was left as it is.`,
      );
    if (batch.length >= atOnce.documents || size + raw.length > atOnce.bytes) await send();
    sent.add(raw);
    batch.push(document);
    size += raw.length;
  }
  await send();
  const arrived = new DocumentSum();
  for await (const raw of rawDocuments(to, name)) {
    arrived.add(raw);
    progress(`Comparing ${name} (${arrived.count} of ${of} documents)`);
  }
  if (arrived.count !== sent.count || arrived.checksum !== sent.checksum)
    throw new StoreTrouble(
      `${name} did not arrive as it was sent: ${arrived.count} documents of ${sent.count}` +
        `${arrived.count === sent.count ? ', but not the same bytes' : ''}. The store was left as it is.`,
    );
  return { name, documents: sent.count, indexes: 0, bytes: sent.bytes, checksum: sent.checksum };
}

async function* rawDocuments(db: Db, name: string): AsyncGenerator<Buffer> {
  const cursor = db.collection(name).find({}, { raw: true, batchSize: 1000 });
  for await (const document of cursor) {
    const bytes = document as unknown as Uint8Array;
    yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}

/** Makes the indexes of a collection with their options. Gives how many, besides `_id_`. @throws StoreTrouble when they are not all there then */
export async function copyIndexes(from: Db, to: Db, name: string): Promise<number> {
  const wanted = (await from.collection(name).listIndexes().toArray()).filter(
    (index) => index.name !== '_id_',
  );
  if (wanted.length)
    await to.command({ createIndexes: name, indexes: wanted.map(({ v: _v, ns: _ns, ...spec }) => spec) });
  const there = new Set((await to.collection(name).listIndexes().toArray()).map(describe));
  const missing = wanted.find((index) => !there.has(describe(index)));
  if (missing)
    throw new StoreTrouble(
      `The index ${String(missing.name)} of ${name} did not come to be as it was asked for.`,
    );
  return wanted.length;
}

/** What an index does, without what a server adds of its own. */
function describe(index: mongoose.mongo.Document): string {
  const {
    key,
    name,
    unique = false,
    sparse = false,
    hidden = false,
    expireAfterSeconds,
    partialFilterExpression,
  } = index;
  return JSON.stringify([
    Object.entries(key as object),
    name,
    unique,
    sparse,
    hidden,
    expireAfterSeconds,
    partialFilterExpression,
  ]);
}
