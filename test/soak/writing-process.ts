/** A process that writes to a store it owns or is attached to, goes on after errors, and says what was acknowledged: `writing-process DIR FIRST`. */
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';

const [dir = '', first = '0'] = process.argv.slice(2);
const { url } = await startEmbeddedStore({ dir });
const client = await new mongoose.mongo.MongoClient(url).connect();
const collection = client.db('x').collection<{ _id: number }>('written');
let next = Number(first);

async function write(): Promise<never> {
  for (;;) {
    const _id = next++;
    const done = await collection.insertOne({ _id }).catch(() => undefined);
    if (done) process.send!({ stored: _id, at: Date.now() });
  }
}

await Promise.all(Array.from({ length: 16 }, write));
