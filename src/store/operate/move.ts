import { join } from 'node:path';
import mongoose from 'mongoose';
import { startEmbeddedStore } from '../embedded/start.ts';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import type { Settings } from './backup.ts';
import { copyDocuments, copyIndexes, type Moved } from './copy-collection.ts';
import { connectTo, sayWithoutSecrets } from './destination.ts';
import { exists } from './folder.ts';
import type { Progress } from './progress.ts';
import { finishRestore } from './swap.ts';

type Db = mongoose.mongo.Db;
/** What has been moved already, in the destination, until all has. */
type Step = { _id: string; state: 'copying' | 'verified' | 'done' };
const stepsName = 'coursedock_move';

/** The database of the embedded store that the application uses. */
const ownDatabase = 'coursedock';
/** TTL indexes remove nothing while we read: what is copied is what is compared. */
const never = 2 ** 31 - 1;

/**
 * Copies everything in the embedded store to an empty database of a MongoDB server, and compares. Nobody may write to the
 * store meanwhile, so it must not be open in another process. The store itself is left as it is. After an interruption
 * `resume` goes on with the collections that are not there yet.
 * @throws StoreTrouble, without the password of the address
 */
export async function moveStore(
  { dataDir }: Pick<Settings, 'dataDir'>,
  url: string,
  { resume = false, progress = () => {} }: { resume?: boolean; progress?: Progress } = {},
): Promise<Moved[]> {
  const dir = join(dataDir, 'store');
  if (!(await exists(join(dir, 'coursedock.db'))))
    throw new StoreTrouble(`There is no embedded store in ${dataDir}`);
  const destination = await connectTo(url);
  try {
    await prepare(destination.db, resume);
    await finishRestore(dataDir);
    const store = await startEmbeddedStore({ dir, brief: true, expireEveryMs: never });
    const source = new mongoose.mongo.MongoClient(store.url);
    try {
      if (!store.isOwner)
        throw new StoreTrouble(
          `A server is running on ${dataDir}. Stop it first: what it went on to write would be left behind.`,
        );
      return await moveAll(source.db(ownDatabase), destination.db, progress);
    } finally {
      await source.close();
      await store.close();
    }
  } catch (error) {
    throw sayWithoutSecrets(error, url);
  } finally {
    await destination.close();
  }
}

async function moveAll(from: Db, to: Db, progress: Progress): Promise<Moved[]> {
  const steps = to.collection<Step>(stepsName);
  const infos = (await from.listCollections().toArray()) as mongoose.mongo.CollectionInfo[];
  // Views last: they may only be made of what is there.
  infos.sort((a, b) => Number(a.type === 'view') - Number(b.type === 'view') || (a.name < b.name ? -1 : 1));
  const moved: Moved[] = [];
  for (const { name, type, options } of infos) {
    const state = (await steps.findOne({ _id: name }))?.state;
    const mark = (next: Step['state']) =>
      steps.updateOne({ _id: name }, { $set: { state: next } }, { upsert: true });
    if (state === 'copying') await to.collection(name).drop();
    if (type === 'view') {
      await mark('copying');
      await to.createCollection(name, options);
      moved.push({ name, documents: 0, indexes: 0, kind: 'view' });
    } else if (state === undefined || state === 'copying') {
      await mark('copying');
      await to.createCollection(name, options);
      moved.push(await copyDocuments(from, to, name, progress));
      await mark('verified');
    } else {
      const documents = await from.collection(name).countDocuments();
      moved.push({ name, documents, indexes: 0, kind: 'moved before' });
    }
    // Only now: an index may have the server remove documents, and then there is nothing to compare any more.
    if (type !== 'view') moved.at(-1)!.indexes = await copyIndexes(from, to, name);
    await mark('done');
  }
  await steps.drop();
  return moved;
}

/** @throws StoreTrouble when something is there that we have not begun ourselves */
async function prepare(to: Db, resume: boolean): Promise<void> {
  const names = (await to.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const begun = names.includes(stepsName);
  if (begun && !resume)
    throw new StoreTrouble(
      `A move into the database ${to.databaseName} was interrupted. Go on with it: add --resume. (Or drop that database and begin again.)`,
    );
  if (begun) {
    const known = new Set((await to.collection<Step>(stepsName).find().toArray()).map(({ _id }) => _id));
    const foreign = names.find((name) => name !== stepsName && !known.has(name));
    if (foreign) throw notEmpty(to, foreign);
  } else if (names.length) throw notEmpty(to, names.sort()[0]!);
}

function notEmpty(to: Db, name: string): StoreTrouble {
  return new StoreTrouble(
    `The database ${to.databaseName} is not empty: it has a collection ${name}. Name an empty one; nothing was changed.`,
  );
}
