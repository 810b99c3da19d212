/** A process that owns (or attaches to) a store, for tests to kill: `store-process DIR [write FIRST [on]]`. `on`: goes on after errors. */
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';

const [dir = '', task, first = '0', on] = process.argv.slice(2);
const { url } = await startEmbeddedStore({ dir });
process.send!({ url });

if (task === 'write') {
  const client = await new mongoose.mongo.MongoClient(url).connect();
  const collection = client
    .db('x')
    .collection<{ _id: number | string; n?: number; count?: number }>('written');
  await collection.createIndex({ n: 1 });
  let next = Number(first);
  const write = async () => {
    for (;;) {
      const _id = next++;
      await collection.insertOne({ _id, n: _id });
      process.send!({ stored: _id, at: Date.now() });
      await collection.updateOne({ _id: 'counter' }, { $inc: { count: 1 } }, { upsert: true });
      process.send!({ updated: _id });
    }
  };
  const writeOn = () =>
    write().catch((error: unknown): Promise<void> => (on ? writeOn() : Promise.reject(error)));
  await Promise.all(Array.from({ length: 16 }, on ? writeOn : write));
}
