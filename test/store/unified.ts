/**
 * Runs files of MongoDB's "unified" driver tests: sets up the data, performs the operations with the official driver,
 * compares answers and what the collections then hold. What a driver sends is the driver's matter and not compared.
 * https://github.com/mongodb/specifications/blob/master/source/unified-test-format/unified-test-format.md
 */
import assert from 'node:assert/strict';
import { EJSON } from 'bson';
import { mongo } from 'mongoose';

type Json = Record<string, unknown>;
type CollectionData = { databaseName: string; collectionName: string; documents: Json[] };
export type SpecTest = {
  description: string;
  runOnRequirements?: Requirement[];
  skipReason?: string;
  operations: Operation[];
  outcome?: CollectionData[];
};
export type SpecFile = {
  description: string;
  runOnRequirements?: Requirement[];
  createEntities: Json[];
  initialData?: CollectionData[];
  tests: SpecTest[];
};
type Requirement = { minServerVersion?: string; maxServerVersion?: string; topologies?: string[] };
type Operation = {
  object: string;
  name: string;
  arguments?: Json;
  expectResult?: unknown;
  expectError?: Json;
  ignoreResultAndError?: boolean;
  saveResultAsEntity?: string;
};
type Entities = Map<string, mongo.MongoClient | mongo.Db | mongo.Collection>;

export function readSpec(text: string): SpecFile {
  return EJSON.parse(text, { relaxed: true }) as SpecFile;
}

/** Why a server of this version need not pass it; undefined when it must. */
export function exempt(requirements: Requirement[] | undefined, version: string): string | undefined {
  if (!requirements) return undefined;
  const number = (text: string) =>
    text.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);
  const met = requirements.some(
    ({ minServerVersion = '0', maxServerVersion = '999', topologies = ['single'] }) =>
      number(version) >= number(minServerVersion) &&
      number(version) <= number(maxServerVersion) &&
      topologies.includes('single'),
  );
  return met ? undefined : `is for other servers: ${JSON.stringify(requirements)}`;
}

export async function runSpecTest(url: string, file: SpecFile, test: SpecTest): Promise<void> {
  const admin = await new mongo.MongoClient(url).connect();
  const entities: Entities = new Map();
  const clients: mongo.MongoClient[] = [admin];
  try {
    for (const data of file.initialData ?? []) await load(admin, data);
    for (const entity of file.createEntities) await create(entity, entities, clients, url);
    for (const operation of test.operations) await perform(operation, entities);
    for (const { databaseName, collectionName, documents } of test.outcome ?? []) {
      const now = await admin
        .db(databaseName)
        .collection(collectionName)
        .find({}, { sort: { _id: 1 } })
        .toArray();
      assert.deepEqual(plain(now), plain(documents), 'the collection afterwards');
    }
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function load(
  client: mongo.MongoClient,
  { databaseName, collectionName, documents }: CollectionData,
): Promise<void> {
  const collection = client.db(databaseName).collection(collectionName);
  await collection.drop().catch(() => undefined);
  if (documents.length) await collection.insertMany(documents);
  else await client.db(databaseName).createCollection(collectionName);
}

async function create(
  entity: Json,
  entities: Entities,
  clients: mongo.MongoClient[],
  url: string,
): Promise<void> {
  const [[kind, spec]] = Object.entries(entity) as [[string, Json]];
  const id = String(spec['id']);
  if (kind === 'client') {
    const client = new mongo.MongoClient(url, {
      ...(spec['uriOptions'] as mongo.MongoClientOptions),
      retryWrites: false,
      forceServerObjectId: true, // so that an _id of null is sent as it is
    });
    clients.push(client);
    entities.set(id, await client.connect());
  } else if (kind === 'database') {
    const client = entities.get(String(spec['client'])) as mongo.MongoClient;
    entities.set(
      id,
      client.db(String(spec['databaseName']), options(spec['databaseOptions'] as Json | undefined)),
    );
  } else if (kind === 'collection') {
    const db = entities.get(String(spec['database'])) as mongo.Db;
    entities.set(
      id,
      db.collection(String(spec['collectionName']), options(spec['collectionOptions'] as Json | undefined)),
    );
  } else throw new Error(`Entities of kind ${kind} are not run`);
}

/** A standalone server has no majority to wait for: concerns are left to their default, unacknowledged writes excepted. */
function options(given: Json | undefined): { writeConcern?: { w: 0 } } {
  const concern = given?.['writeConcern'] as { w?: number } | undefined;
  return concern?.w === 0 ? { writeConcern: { w: 0 } } : {};
}

async function perform(operation: Operation, entities: Entities): Promise<void> {
  const { object, name, expectResult, expectError, ignoreResultAndError } = operation;
  const target = entities.get(object);
  if (!target) throw new Error(`Operations on ${object} are not run`);
  let result: unknown;
  try {
    result = await call(target, name, structuredArguments(operation.arguments));
  } catch (error) {
    if (ignoreResultAndError) return;
    if (!expectError) throw error;
    return checkError(error as mongo.MongoServerError, expectError);
  }
  if (ignoreResultAndError) return;
  assert.ok(!expectError, `${name} was to fail: ${JSON.stringify(expectError)}`);
  if (expectResult !== undefined) match(expectResult, result, name);
}

function structuredArguments(given: Json = {}): Json {
  return { ...given };
}

async function call(target: unknown, name: string, { ...args }: Json): Promise<unknown> {
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

function checkError(
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
  if (expected['expectResult'] !== undefined && error.result)
    match(expected['expectResult'], bulkResult(error.result), 'result');
}

/** Is the actual value what is expected? Documents at the top may have more fields. */
function match(expected: unknown, actual: unknown, where: string, top = true): void {
  if (isSpecial(expected)) return matchSpecial(expected, actual, where);
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${where} is an array`);
    assert.equal(actual.length, expected.length, `${where} has ${expected.length} elements`);
    expected.forEach((one, i) => match(one, actual[i], `${where}[${i}]`, top));
    return;
  }
  if (isPlain(expected)) {
    assert.ok(actual && typeof actual === 'object', `${where} is a document, not ${String(actual)}`);
    const doc = (actual instanceof Map ? Object.fromEntries(actual) : actual) as Json;
    for (const [key, value] of Object.entries(expected)) {
      const special = isSpecial(value) ? Object.keys(value)[0] : undefined;
      if (special === '$$exists')
        assert.equal(key in doc, (value as Json)['$$exists'], `${where}.${key} is there`);
      else if (special === '$$unsetOrMatches' && doc[key] === undefined) continue;
      else match(value, doc[key], `${where}.${key}`, false);
    }
    if (!top)
      assert.deepEqual(
        Object.keys(doc).filter((key) => !(key in expected) && key !== 'didUpsert'),
        [],
        `${where} has no more fields`,
      );
    return;
  }
  assert.deepEqual(plain(actual), plain(expected), where);
}

function isSpecial(value: unknown): value is Json {
  return isPlain(value) && Object.keys(value).length === 1 && Object.keys(value)[0]!.startsWith('$$');
}

function matchSpecial(expected: Json, actual: unknown, where: string): void {
  const [[operator, argument]] = Object.entries(expected) as [[string, unknown]];
  if (operator === '$$unsetOrMatches') {
    if (actual !== undefined && actual !== null) match(argument, actual, where, isPlain(argument));
  } else if (operator === '$$type') assert.ok(actual !== undefined, where);
  else if (operator === '$$exists') assert.equal(actual !== undefined, argument, where);
  else throw new Error(`${operator} is not run`);
}

function isPlain(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function plain(value: unknown): unknown {
  return JSON.parse(EJSON.stringify({ value }, { relaxed: true }));
}
