/**
 * A process for tests to kill: `store-process DIR` owns (or attaches to) a store; `store-process DIR write FIRST` also writes
 * to it; `store-process '' examine` opens every folder it is told of, reads everything and says what it found.
 */
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';
import type { Finding } from './damage.ts';

const [dir = '', task, first = '0'] = process.argv.slice(2);

if (task === 'examine') {
  process.on('message', ({ dir: told }: { dir: string }) => {
    void examine(told).then((finding) => process.send!(finding));
  });
} else {
  const { url } = await startEmbeddedStore({ dir });
  process.send!({ url });
  if (task === 'write') await write(url);
}

async function write(url: string): Promise<void> {
  const client = await new mongoose.mongo.MongoClient(url).connect();
  const collection = client
    .db('x')
    .collection<{ _id: number | string; n?: number; count?: number }>('written');
  await collection.createIndex({ n: 1 });
  let next = Number(first);
  const one = async () => {
    for (;;) {
      const _id = next++;
      await collection.insertOne({ _id, n: _id });
      process.send!({ stored: _id });
      await collection.updateOne({ _id: 'counter' }, { $inc: { count: 1 } }, { upsert: true });
      process.send!({ updated: _id });
    }
  };
  await Promise.all(Array.from({ length: 16 }, one));
}

/** Reads by every index and without one, and writes a little: whatever is wrong shall show. */
async function examine(folder: string): Promise<Finding> {
  let store;
  try {
    store = await startEmbeddedStore({ dir: folder });
  } catch (error) {
    return { refused: (error as Error).message };
  }
  const documents: Record<string, string> = {};
  const errors: string[] = [];
  const client = await new mongoose.mongo.MongoClient(store.url).connect();
  const attempt = async (run: () => Promise<unknown>) => {
    try {
      await run();
    } catch (error) {
      errors.push((error as Error).message);
    }
  };
  const collection = client.db('d').collection<{ _id: number }>('c');
  const hints = [{ $natural: 1 }, '_id_', 'n_1', 'tags_1_n_-1'];
  for (const hint of hints) {
    await attempt(async () => {
      for await (const doc of collection.find({}, { hint, batchSize: 300 }))
        documents[String(doc._id)] = EJSON.stringify(doc);
    });
  }
  await attempt(() => collection.countDocuments());
  await attempt(() => collection.aggregate([{ $group: { _id: '$n' } }]).toArray());
  await attempt(() => collection.updateOne({ _id: -1 }, { $set: { text: 'new' } }, { upsert: true }));
  await attempt(() => collection.deleteOne({ _id: -1 }));
  await client.close();
  await store.close();
  return { documents, errors };
}
