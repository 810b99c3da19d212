/** Many clients at once on a few documents, so that they meet; and what each was told. */
import mongoose from 'mongoose';
import type { Filter } from './list.ts';
import { born, type Event, type Lived } from './history.ts';
import type { Update } from './update.ts';
import { Places } from './places.ts';
import { isRefusal } from './refusal.ts';
import type { Random } from '../random.ts';

const { MongoClient } = mongoose.mongo;
/** As the driver wants it. */
type Tracked = Lived & { _id: number };

/** What happened so far: goes on from one store process to the next. */
export class Load {
  readonly events: Event[] = [];
  readonly places = new Places();
  readonly #random: Random;
  #clock = 0;
  #ids = 0;
  #answered = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get answered(): number {
    return this.#answered;
  }

  now(): number {
    return ++this.#clock;
  }

  /** Keeps `inFlight` operations going until so many more are answered; then `kill` may end the store under them. */
  async run(
    url: string,
    { inFlight, count, kill }: { inFlight: number; count: number; kill?: () => Promise<void> },
  ): Promise<void> {
    const options = {
      maxPoolSize: Math.ceil(inFlight / 4),
      serverSelectionTimeoutMS: 1000,
      retryWrites: false,
      retryReads: false,
    };
    const clients = await Promise.all(
      Array.from({ length: 4 }, () => new MongoClient(url, options).connect()),
    );
    await this.places.open(clients[0]!.db('load'));
    const goal = this.#answered + count;
    const state = { isDead: false };
    // Of a socket that was destroyed a moment before, the driver (mongodb 7.8, `writeCommand`) may wait for "drain" for ever.
    const silence = Promise.withResolvers<void>();
    let patience: NodeJS.Timeout | undefined;
    const worker = async (client: mongoose.mongo.MongoClient) => {
      while (this.#answered < goal && !state.isDead)
        await Promise.race([this.#one(client.db('load'), state), silence.promise]);
    };
    const ending = async () => {
      while (this.#answered < goal - inFlight) await new Promise((resolve) => setTimeout(resolve, 1));
      state.isDead = true;
      await kill!();
      patience = setTimeout(silence.resolve, 10_000);
    };
    await Promise.all([
      ...Array.from({ length: inFlight }, (_, i) => worker(clients[i % clients.length]!)),
      ...(kill ? [ending()] : []),
    ]);
    clearTimeout(patience);
    await Promise.all(clients.map((client) => client.close()));
  }

  async everything(url: string): Promise<Lived[]> {
    const client = await new MongoClient(url).connect();
    const docs = await client.db('load').collection<Tracked>('docs').find().toArray();
    await client.close();
    return docs;
  }

  async #one(db: mongoose.mongo.Db, state: { isDead: boolean }): Promise<void> {
    if (this.#random.chance(4)) {
      await this.places.one(db, this.#random, () => ++this.#ids, state);
      this.#answered++;
      return;
    }
    const events = this.#random.chance(10) ? this.#several() : [this.#event(++this.#ids)];
    this.events.push(...events);
    try {
      if (events.length > 1) await bulk(db.collection<Tracked>('docs'), events);
      else await ask(db.collection<Tracked>('docs'), events[0]!);
      this.#answered++;
    } catch (error) {
      if (!state.isDead || isRefusal(error)) throw error;
    }
    for (const event of events) event.end = this.now();
  }

  /** Updates of different documents in one command. */
  #several(): Event[] {
    const docs = new Set(Array.from({ length: 3 }, () => this.#random.below(documents)));
    return [...docs].map((doc) => ({ ...this.#event(++this.#ids, doc, 'update'), condition: {} }));
  }

  #event(id: number, doc = this.#random.below(documents), kind = this.#random.pick(kinds)): Event {
    const event: Event = { id, doc, kind, start: this.now(), end: Infinity, outcome: 'unanswered' };
    if (kind === 'update' && this.#random.chance(3)) event.condition = { n: { $gt: this.#random.below(6) } };
    if (kind === 'update' || kind === 'upsert') event.update = tracedUpdate(this.#random, id);
    return event;
  }
}

/** So few that every one is fought over. */
const documents = 6;
const kinds: Event['kind'][] = [
  ...Array.from({ length: 12 }, () => 'update' as const),
  'read',
  'read',
  'read',
  'upsert',
  'upsert',
  'insert',
  'delete',
];

function tracedUpdate(random: Random, id: number): Update {
  const [operator, fields] = random.pick<() => [string, Record<string, unknown>]>([
    () => ['$set', { n: random.below(9), s: `s${id}` }],
    () => ['$unset', { s: '' }],
    () => ['$max', { n: random.below(9) }],
    () => ['$min', { n: random.below(9) }],
    () => ['$bit', { n: { xor: random.below(8) } }],
    () => ['$push', { list: { $each: [id], $slice: -4 } }],
    () => ['$addToSet', { list: random.below(4) }],
    () => ['$pull', { list: { $lt: id - 50 } }],
    () => ['$pop', { list: 1 }],
    () => ['$rename', { s: 'was' }],
  ])();
  const update: Record<string, Record<string, unknown>> = {
    $inc: { v: 1 },
    $push: { log: id },
    $setOnInsert: { life: id },
  };
  update[operator] = { ...update[operator], ...fields };
  return update;
}

async function ask(docs: mongoose.mongo.Collection<Tracked>, event: Event): Promise<void> {
  const { doc, kind, condition = {}, update = {} } = event;
  const told = (seen: Tracked | null) => {
    event.outcome = seen ? 'done' : 'nothing';
    if (seen) event.seen = seen;
  };
  if (kind === 'read') return told(await docs.findOne({ _id: doc }));
  if (kind === 'delete') return told(await docs.findOneAndDelete({ _id: doc }));
  if (kind === 'insert') {
    try {
      await docs.insertOne(born(event) as Tracked);
      event.outcome = 'done';
    } catch (error) {
      if (!isRefusal(error) || error.code !== 11000) throw error;
      event.outcome = 'nothing';
    }
    return;
  }
  const filter: Filter = { _id: doc, ...condition };
  const upsert = kind === 'upsert';
  if (event.id % 3)
    return told(await docs.findOneAndUpdate(filter, update, { upsert, returnDocument: 'after' }));
  const { matchedCount, upsertedCount } = await docs.updateOne(filter, update, { upsert });
  event.outcome = matchedCount + upsertedCount ? 'done' : 'nothing';
}

/** Which of them found its document the answer does not say: done and nothing are told apart only where it is one of both for all. */
async function bulk(docs: mongoose.mongo.Collection<Tracked>, events: Event[]): Promise<void> {
  const { matchedCount } = await docs.bulkWrite(
    events.map(({ doc, update = {} }) => ({ updateOne: { filter: { _id: doc }, update } })),
  );
  if (matchedCount === events.length) for (const event of events) event.outcome = 'done';
  else if (!matchedCount) for (const event of events) event.outcome = 'nothing';
}
