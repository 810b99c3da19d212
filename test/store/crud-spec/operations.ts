/** The operations of "unified" tests, as calls of the official driver. */
import assert from 'node:assert/strict';
import { mongo } from 'mongoose';
import { match } from './match.ts';

type Json = Record<string, unknown>;

export async function call(target: unknown, name: string, { ...args }: Json): Promise<unknown> {
  const collection = target as mongo.Collection;
  const take = (key: string) => {
    const value = args[key];
    delete args[key];
    return value as never;
  };
  if (target instanceof mongo.MongoClient) {
    if (name !== 'clientBulkWrite') throw new Error(`${name} is not run`);
    const models = (take('models') as Json[]).map((model) => {
      const [[kind, spec]] = Object.entries(model) as [[string, Json]];
      return { name: kind, ...spec } as unknown as mongo.AnyClientBulkWriteModel<mongo.Document>;
    });
    return target.bulkWrite(models, args);
  }
  if (target instanceof mongo.Db) {
    if (name === 'aggregate') return target.aggregate(take('pipeline'), args).toArray();
    if (name === 'createCollection') return target.createCollection(take('collection'), args);
    if (name === 'dropCollection') return target.dropCollection(take('collection'));
    if (name === 'modifyCollection') return target.command({ collMod: take('collection'), ...args });
    throw new Error(`${name} is not run`);
  }
  switch (name) {
    case 'find':
      return collection.find(take('filter'), args).toArray();
    case 'findOne':
      return collection.findOne(take('filter'), args);
    case 'aggregate':
      return collection.aggregate(take('pipeline'), args).toArray();
    case 'distinct':
      return collection.distinct(
        take('fieldName'),
        take('filter'),
        args as mongo.DistinctOptions & mongo.CommandOperationOptions,
      );
    case 'count':
    case 'countDocuments':
      return name === 'count'
        ? collection.count(take('filter'), args)
        : collection.countDocuments(take('filter'), args);
    case 'estimatedDocumentCount':
      return collection.estimatedDocumentCount(args);
    case 'insertOne':
      return collection.insertOne(take('document'), args);
    case 'insertMany':
      return collection.insertMany(take('documents'), args);
    case 'updateOne':
    case 'updateMany':
      return collection[name](take('filter'), take('update'), args);
    case 'replaceOne':
      return collection.replaceOne(take('filter'), take('replacement'), args);
    case 'deleteOne':
    case 'deleteMany':
      return collection[name](take('filter'), args);
    case 'findOneAndUpdate':
    case 'findOneAndReplace': {
      args['returnDocument'] = String(args['returnDocument'] ?? 'Before').toLowerCase();
      if (name === 'findOneAndUpdate')
        return collection.findOneAndUpdate(take('filter'), take('update'), args);
      return collection.findOneAndReplace(take('filter'), take('replacement'), args);
    }
    case 'findOneAndDelete':
      return collection.findOneAndDelete(take('filter'), args);
    case 'bulkWrite':
      return bulkResult(await collection.bulkWrite(take('requests'), args));
    case 'createIndex':
      return collection.createIndex(take('keys'), args);
    default:
      throw new Error(`${name} is not run`);
  }
}

function bulkResult(result: mongo.BulkWriteResult): Json {
  const {
    insertedCount,
    insertedIds,
    matchedCount,
    modifiedCount,
    deletedCount,
    upsertedCount,
    upsertedIds,
  } = result;
  return {
    insertedCount,
    insertedIds,
    matchedCount,
    modifiedCount,
    deletedCount,
    upsertedCount,
    upsertedIds,
  };
}

export function checkError(
  error: mongo.MongoServerError & { writeResult?: unknown; result?: mongo.BulkWriteResult },
  expected: Json,
): void {
  if (expected['isClientError'] === true)
    assert.ok(!(error instanceof mongo.MongoServerError), `a client's error: ${error.message}`);
  if (expected['isClientError'] === false)
    assert.ok(error instanceof mongo.MongoServerError, `a server's error: ${error.message}`);
  if (expected['errorCode'] !== undefined) assert.equal(error.code, expected['errorCode']);
  if (expected['errorCodeName'] !== undefined) assert.equal(error.codeName, expected['errorCodeName']);
  if (expected['errorContains'] !== undefined) {
    assert.ok(
      error.message.toLowerCase().includes(String(expected['errorContains']).toLowerCase()),
      error.message,
    );
  }
  if (expected['errorResponse'] !== undefined)
    match(expected['errorResponse'], error.errorResponse, 'errorResponse');
  if (expected['writeErrors'] !== undefined) {
    const errors = (error as unknown as mongo.MongoClientBulkWriteError).writeErrors;
    for (const [index, one] of Object.entries(expected['writeErrors'] as Json))
      match(one, errors.get(Number(index)), `writeErrors.${index}`);
  }
  if (expected['expectResult'] !== undefined) {
    const { partialResult } = error as unknown as mongo.MongoClientBulkWriteError;
    const result = error.result ? bulkResult(error.result) : partialResult;
    match(expected['expectResult'], result, 'result');
  }
}
