import type { Model } from 'mongoose';

/*
 * What many requests ask of the store in the same moment, as one command. A server with much to do reads the requests
 * of many sockets in one turn of its event loop; each then wants a document or two, and a command costs far more than
 * a document in it. Nothing is kept: a read begins after it was asked for, so it sees all that was acknowledged before, by
 * whatever process, and a write is acknowledged to each when the store has acknowledged it.
 */

/** Some fields that a unique index covers, with their values. */
type Key<T> = { [K in keyof T & string]?: string };

/** The document of this key. All who ask at once get the same object: it is for reading. */
export function findTogether<T>(model: Model<T>, key: Key<T>): Promise<Readonly<T> | undefined> {
  const fields = fieldsOf(key);
  return bundle(model, `find ${fields.join(' ')}`, (keys: Key<T>[]) => findAll(model, fields, keys))(key);
}

/** All documents of a key that need not be unique, with these fields and those of the key; in no order. */
export function listTogether<T, F extends keyof T & string>(
  model: Model<T>,
  key: Key<T>,
  wanted: readonly F[],
): Promise<Readonly<Pick<T, F>>[]> {
  const fields = fieldsOf(key);
  const ask = bundle(model, `list ${fields.join(' ')} ${wanted.join(' ')}`, (keys: Key<T>[]) =>
    listAll(model, fields, keys, wanted),
  );
  return ask(key);
}

/** Inserts a whole record. Rejected with the error of a unique index (isDuplicate), as if it had been inserted alone. */
export function insertTogether<T>(model: Model<T>, record: T): Promise<void> {
  return bundle(model, 'insert', (records: T[]) => insertAll(model, records))(record);
}

function fieldsOf(key: object): string[] {
  for (const [name, value] of Object.entries(key)) {
    // The driver takes what mongoose would have refused: an object would be an operator.
    if (typeof value !== 'string') throw new TypeError(`A key's "${name}" must be a text`);
  }
  return Object.keys(key);
}

/**
 * Changes the document of this filter, which names one document and what it must be like. True: done, and acknowledged.
 * False: probably not, for something was in the way of one of those who asked; look, and ask again.
 */
export function changeTogether<T>(
  model: Model<T>,
  filter: Readonly<Partial<T>>,
  update: object,
): Promise<boolean> {
  return bundle(model, 'change', (changes: Change[]) => changeAll(model, changes))({ filter, update });
}

/** The same for one alone, and false means no. */
export async function change<T>(
  model: Model<T>,
  filter: Readonly<Partial<T>>,
  update: object,
): Promise<boolean> {
  const { matchedCount } = await model.collection.updateOne(filter as object, update, {
    ignoreUndefined: true,
  });
  return matchedCount === 1;
}

type Change = { filter: object; update: object };
type Outcome<O> = { value: O } | { error: unknown };
type Ask<I, O> = { input: I; resolve: (value: O) => void; reject: (error: unknown) => void };

/** By model, which there is one of for each connection, and by kind of question. */
const bundles = new WeakMap<object, Map<string, unknown>>();
/** Not all of what is under way at once: while the store has the one half, we have the other. (With 200, a fifth less launches a second.) */
const most = 32;

/** Gathers what is asked until the event loop has been through what came in, and then asks once. */
function bundle<I, O>(
  model: object,
  kind: string,
  run: (inputs: I[]) => Promise<Outcome<O>[]>,
): (input: I) => Promise<O> {
  const kinds = bundles.get(model) ?? new Map<string, unknown>();
  bundles.set(model, kinds);
  const known = kinds.get(kind) as ((input: I) => Promise<O>) | undefined;
  if (known) return known;
  let asks: Ask<I, O>[] = [];
  const send = () => {
    const [first, rest] = [asks.slice(0, most), asks.slice(most)];
    asks = rest;
    if (rest.length > 0) setImmediate(send);
    void settle(first, run);
  };
  const ask = (input: I) =>
    new Promise<O>((resolve, reject) => {
      if (asks.push({ input, resolve, reject }) === 1) setImmediate(send);
    });
  kinds.set(kind, ask);
  return ask;
}

async function settle<I, O>(asks: Ask<I, O>[], run: (inputs: I[]) => Promise<Outcome<O>[]>): Promise<void> {
  try {
    const outcomes = await run(asks.map(({ input }) => input));
    for (const [i, { resolve, reject }] of asks.entries()) {
      const outcome = outcomes[i]!;
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.value);
    }
  } catch (error) {
    for (const { reject } of asks) reject(error);
  }
}

async function findAll<T>(
  model: Model<T>,
  fields: string[],
  keys: Key<T>[],
): Promise<Outcome<T | undefined>[]> {
  const found = await findDocuments(model, fields, keys);
  const byName = new Map(found.map((one) => [nameOf(fields, one), one]));
  return keys.map((key) => ({ value: byName.get(nameOf(fields, key)) }));
}

async function listAll<T, F extends keyof T & string>(
  model: Model<T>,
  fields: string[],
  keys: Key<T>[],
  wanted: readonly F[],
): Promise<Outcome<Pick<T, F>[]>[]> {
  const projection = Object.fromEntries([...fields, ...wanted].map((name) => [name, 1]));
  const byName = Map.groupBy(await findDocuments(model, fields, keys, projection), (one) =>
    nameOf(fields, one),
  );
  return keys.map((key) => ({ value: byName.get(nameOf(fields, key)) ?? [] }));
}

async function findDocuments<T>(
  model: Model<T>,
  fields: string[],
  keys: Key<T>[],
  projection?: object,
): Promise<T[]> {
  const different = [...new Map(keys.map((key) => [nameOf(fields, key), key])).values()];
  const filter = filterOf(fields, different) as object;
  return (await model.collection.find(filter, { projection }).toArray()) as T[];
}

function nameOf(fields: string[], from: unknown): string {
  return JSON.stringify(fields.map((field) => (from as Record<string, unknown>)[field]));
}

function filterOf<T>(fields: string[], keys: Key<T>[]): object {
  if (keys.length === 1) return keys[0]!;
  const [field] = fields as [keyof T & string];
  return fields.length === 1 ? { [field]: { $in: keys.map((key) => key[field]) } } : { $or: keys };
}

async function insertAll<T>(model: Model<T>, records: T[]): Promise<Outcome<void>[]> {
  const outcomes: Outcome<void>[] = records.map(() => ({ value: undefined }));
  try {
    await model.collection.insertMany(records as object[], { ordered: false, ignoreUndefined: true });
    return outcomes;
  } catch (error) {
    return withRefused(outcomes, error);
  }
}

/** Those that were refused have errors of their own; an error that is of the whole is thrown again. */
function withRefused<O>(outcomes: Outcome<O>[], error: unknown): Outcome<O>[] {
  const refused = refusedOf(error);
  if (refused.length === 0) throw error;
  for (const { index, code, errmsg } of refused)
    outcomes[index] = { error: Object.assign(new Error(errmsg, { cause: error }), { code }) };
  return outcomes;
}

async function changeAll<T>(model: Model<T>, changes: Change[]): Promise<Outcome<boolean>[]> {
  const operations = changes.map((updateOne) => ({ updateOne })) as Parameters<
    Model<T>['collection']['bulkWrite']
  >[0];
  const options = { ordered: false, ignoreUndefined: true };
  const outcomes = (value: boolean): Outcome<boolean>[] => changes.map(() => ({ value }));
  try {
    // The answer to many is how many there were: all of them, or it says nothing of any.
    const { matchedCount } = await model.collection.bulkWrite(operations, options);
    return outcomes(matchedCount === changes.length);
  } catch (error) {
    return withRefused(outcomes(false), error);
  }
}

type Refused = { index: number; code: number; errmsg: string };

/** Which documents of a bundle were refused, where that is all that went wrong. */
function refusedOf(error: unknown): Refused[] {
  const { writeErrors = [] } = error as { writeErrors?: Refused | Refused[] };
  return [writeErrors].flat();
}
