/**
 * Runs files of MongoDB's "unified" driver tests: sets up the data, performs the operations with the official driver,
 * compares answers, the commands that were sent and answered, and what the collections then hold. What it cannot do it
 * fails at: nothing of a test is left out in silence.
 * https://github.com/mongodb/specifications/blob/master/source/unified-test-format/unified-test-format.md
 */
import assert from 'node:assert/strict';
import { EJSON } from 'bson';
import { mongo } from 'mongoose';
import { match, plain } from './match.ts';
import { call, checkError } from './operations.ts';

type Json = Record<string, unknown>;
type CollectionData = { databaseName: string; collectionName: string; documents: Json[] };
export type SpecTest = {
  description: string;
  runOnRequirements?: Requirement[];
  skipReason?: string;
  operations: Operation[];
  outcome?: CollectionData[];
  expectEvents?: ExpectedEvents[];
};
type ExpectedEvents = { client: string; events: Record<string, Json>[]; ignoreExtraEvents?: boolean };
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
type Seen = { kind: string; event: Json };
/** What each client was seen to do. */
type Observed = Map<string, Seen[]>;

export function readSpec(text: string): SpecFile {
  return EJSON.parse(text, { relaxed: true }) as SpecFile;
}

/** Why a server of this version need not pass it; undefined when it must. */
export function exempt(requirements: Requirement[] | undefined, version: string): string | undefined {
  if (!requirements) return undefined;
  const number = (text: string) =>
    text.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);
  const known = ['minServerVersion', 'maxServerVersion', 'topologies', 'serverless', 'auth'];
  const unknown = requirements.flatMap((one) => Object.keys(one)).find((name) => !known.includes(name));
  if (unknown) throw new Error(`Requirements of '${unknown}' are not known to the runner`);
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
  const observed: Observed = new Map();
  const clients: mongo.MongoClient[] = [admin];
  try {
    for (const data of file.initialData ?? []) await load(admin, data);
    for (const entity of file.createEntities) await create(entity, { entities, observed, clients, url });
    for (const operation of test.operations) await perform(operation, entities);
    for (const expected of test.expectEvents ?? []) compareEvents(expected, observed);
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

type World = { entities: Entities; observed: Observed; clients: mongo.MongoClient[]; url: string };

async function create(entity: Json, { entities, observed, clients, url }: World): Promise<void> {
  const [[kind, spec]] = Object.entries(entity) as [[string, Json]];
  const id = String(spec['id']);
  if (kind === 'client') {
    const client = new mongo.MongoClient(url, {
      ...(spec['uriOptions'] as mongo.MongoClientOptions),
      forceServerObjectId: true, // so that an _id of null is sent as it is
      monitorCommands: true,
    });
    clients.push(client);
    observe(client, (spec['observeEvents'] ?? []) as string[], observed, id);
    entities.set(id, await client.connect());
  } else if (kind === 'database') {
    const client = entities.get(String(spec['client'])) as mongo.MongoClient;
    entities.set(
      id,
      client.db(String(spec['databaseName']), spec['databaseOptions'] as mongo.DbOptions | undefined),
    );
  } else if (kind === 'collection') {
    const db = entities.get(String(spec['database'])) as mongo.Db;
    const options = spec['collectionOptions'] as mongo.CollectionOptions | undefined;
    entities.set(id, db.collection(String(spec['collectionName']), options));
  } else throw new Error(`Entities of kind ${kind} are not run`);
}

const eventNames: Record<string, 'commandStarted' | 'commandSucceeded' | 'commandFailed'> = {
  commandStartedEvent: 'commandStarted',
  commandSucceededEvent: 'commandSucceeded',
  commandFailedEvent: 'commandFailed',
};

function observe(client: mongo.MongoClient, kinds: string[], observed: Observed, id: string): void {
  const seen: Seen[] = [];
  observed.set(id, seen);
  for (const kind of kinds) {
    const name = eventNames[kind];
    if (!name) throw new Error(`Events of kind ${kind} are not observed`);
    client.on(name, (event: unknown) => void seen.push({ kind, event: event as Json }));
  }
}

function compareEvents({ client, events, ignoreExtraEvents }: ExpectedEvents, observed: Observed): void {
  const seen = observed.get(client);
  if (!seen) throw new Error(`Nothing is observed of ${client}`);
  const told = seen.map(({ kind, event }) => `${kind} ${String(event['commandName'])}`);
  if (ignoreExtraEvents) assert.ok(seen.length >= events.length, `events: ${told.join(', ')}`);
  else assert.equal(seen.length, events.length, `events: ${told.join(', ')}`);
  for (const [at, expected] of events.entries()) {
    const [[kind, wanted]] = Object.entries(expected) as [[string, Json]];
    const { kind: came, event }: Seen = seen[at]!;
    assert.equal(came, kind, `event ${at}`);
    for (const [field, value] of Object.entries(wanted))
      match(value, event[field], `${kind} ${at}: ${field}`);
  }
}

async function perform(operation: Operation, entities: Entities): Promise<void> {
  const { object, name, expectResult, expectError, ignoreResultAndError } = operation;
  const target = entities.get(object);
  if (!target) throw new Error(`Operations on ${object} are not run`);
  let result: unknown;
  try {
    result = await call(target, name, { ...operation.arguments });
  } catch (error) {
    if (ignoreResultAndError) return;
    if (!expectError) throw error;
    return checkError(error as mongo.MongoServerError, expectError);
  }
  if (ignoreResultAndError) return;
  assert.ok(!expectError, `${name} was to fail: ${JSON.stringify(expectError)}`);
  if (expectResult !== undefined) match(expectResult, result, name);
}
