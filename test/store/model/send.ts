/** The operations of a life, as the driver takes them. */
import type mongoose from 'mongoose';
import type { Doc } from './order.ts';
import type { Operation, Statement } from './operations.ts';

export type Collection = mongoose.mongo.Collection<Doc>;
export type Answer = Record<string, unknown>;

/** What is answered, or with which code it is refused. */
export async function asked(send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    const { code } = error as { code?: number };
    if (typeof code !== 'number') throw error;
    return { codes: [code] };
  }
}

/** Asks the store for one operation. */
export async function send(
  client: mongoose.mongo.MongoClient,
  collection: Collection,
  operation: Operation,
): Promise<Answer> {
  switch (operation.do) {
    case 'insertMany':
      return written(collection.insertMany(structuredClone(operation.docs), { ordered: operation.ordered }));
    case 'bulkWrite': {
      const { statements, ordered, asOneCommand } = operation;
      const { namespace } = collection;
      if (!asOneCommand) return written(collection.bulkWrite(statements.map(modelOf), { ordered }));
      const models = statements.map(({ do: name, ...rest }) => ({
        namespace,
        name,
        ...structuredClone<object>(
          'doc' in rest ? { ...rest, document: rest.doc, replacement: rest.doc } : rest,
        ),
      }));
      type Models = Parameters<mongoose.mongo.MongoClient['bulkWrite']>[0];
      return written(client.bulkWrite(models as unknown as Models, { ordered }));
    }
    case 'findOneAndUpdate': {
      const { filter, update, doc: _, do: __, ...options } = operation;
      return { doc: await collection.findOneAndUpdate(filter, update, options) };
    }
    case 'findOneAndReplace': {
      const { filter, doc, sort, upsert, returnDocument, projection } = operation;
      const options = { sort, upsert, returnDocument, projection };
      return { doc: await collection.findOneAndReplace(filter, structuredClone(doc) as Doc, options) };
    }
    case 'findOneAndDelete': {
      const { filter, sort, projection } = operation;
      return { doc: await collection.findOneAndDelete(filter, { sort, projection }) };
    }
    case 'createIndex':
      await collection.createIndex(operation.key, operation.options);
      return {};
    case 'insertOne':
    case 'updateOne':
    case 'replaceOne':
    case 'deleteOne':
    case 'deleteMany':
      return written(collection.bulkWrite([modelOf(operation)]));
    default:
      throw new Error(`${operation.do} is not for sending`);
  }
}

type BulkModel = mongoose.mongo.AnyBulkWriteOperation<Doc>;

function modelOf(statement: Statement): BulkModel {
  const { do: name, ...rest } = structuredClone(statement);
  if ('doc' in rest)
    return { [name]: { ...rest, document: rest.doc, replacement: rest.doc } } as unknown as BulkModel;
  return { [name]: rest } as unknown as BulkModel;
}

type Counts = Partial<
  Record<'insertedCount' | 'matchedCount' | 'modifiedCount' | 'upsertedCount' | 'deletedCount', number>
>;

/** Counts, and what was refused where. */
export async function written(result: Promise<Counts>): Promise<Answer> {
  const counted = (counts: Counts, refused: unknown[]) => ({
    inserted: counts.insertedCount ?? 0,
    matched: counts.matchedCount ?? 0,
    modified: counts.modifiedCount ?? 0,
    upserted: counts.upsertedCount ?? 0,
    deleted: counts.deletedCount ?? 0,
    refused,
  });
  try {
    return counted(await result, []);
  } catch (error) {
    const {
      writeErrors,
      result: partly,
      partialResult,
    } = error as {
      writeErrors?: { index: number; code: number }[] | Map<number, { code: number }>;
      result?: Counts;
      partialResult?: Counts;
    };
    const list =
      writeErrors instanceof Map
        ? [...writeErrors].map(([index, { code }]) => ({ index, code }))
        : (writeErrors ?? []);
    if (!list.length) throw error;
    return counted(
      partly ?? partialResult ?? {},
      list.map(({ index }) => index),
    );
  }
}
