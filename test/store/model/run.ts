/** Lives on a store of their own: played, checked down to the index entries, and cut down where one fails. */
import { rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EJSON } from 'bson';
import mongoose from 'mongoose';
import { removeExpired } from '../../../src/store/embedded/process/expire.ts';
import { startEmbeddedStore, type EmbeddedStore } from '../../../src/store/embedded/start.ts';
import { openStore } from '../../../src/store/embedded/data/store.ts';
import { checkFiles } from './files.ts';
import { live, type Life } from './life.ts';
import { someOperation, type Operation } from './operations.ts';
import type { Doc } from './order.ts';
import { shrink } from './shrink.ts';
import { makeRandom } from '../random.ts';

export class ModelRun {
  readonly #dir = mkdtempSync(join(tmpdir(), 'coursedock-model-'));
  #store: EmbeddedStore | undefined;
  #client: mongoose.mongo.MongoClient | undefined;
  #lives = 0;

  async open(): Promise<void> {
    this.#store = await startEmbeddedStore({ dir: this.#dir, flush: false, expireEveryMs: 3_600_000 });
    this.#client = await new mongoose.mongo.MongoClient(this.#store.url).connect();
  }

  async close(): Promise<void> {
    await this.#client?.close();
    await this.#store?.close();
  }

  async end(): Promise<void> {
    await this.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** A life of so many operations. @throws Error with the seed, and the fewest operations that still fail */
  async life(seed: number, length: number): Promise<void> {
    const random = makeRandom(seed);
    const operations = Array.from({ length }, () => someOperation(random));
    const failure = await this.#failure(operations);
    if (!failure) return;
    const kind = kindOf(failure);
    const fails = async (some: Operation[]) => {
      const other = await this.#failure(some, 1);
      return other !== undefined && kindOf(other) === kind;
    };
    // What came after the failure goes first, then what only looks; the rest one by one.
    const at = Number(/^Operation (\d+)/.exec(failure.message)?.[1] ?? length - 1);
    const until = operations.slice(0, at + 1);
    const writing = until.filter((operation, i) => i === at || !looks.has(operation.do));
    const least = await shrink((await fails(writing)) ? writing : until, fails);
    const again = (await this.#failure(least, 1)) ?? failure;
    const told = least.map((operation) => EJSON.stringify(operation)).join('\n');
    throw new Error(
      `MODEL_SEED=${seed}: ${failure.message}\n\nThe least that fails is\n${told}\n\n${again.stack ?? again.message}`,
    );
  }

  async #failure(operations: Operation[], checkEvery?: number): Promise<Error | undefined> {
    const name = `life${++this.#lives}`;
    const client = () => this.#client!;
    const collection = () => client().db('m').collection<Doc>(name);
    const reopen = async (at?: Date) => {
      await this.close();
      this.#lookInside(at);
      await this.open();
    };
    const life: Life = { client, collection, reopen };
    try {
      await live(life, operations, checkEvery);
      await this.close();
      this.#lookInside();
      await this.open();
      return undefined;
    } catch (error) {
      return error as Error;
    } finally {
      await collection().drop();
    }
  }

  /** Between two starts: removes what is over, and looks whether indexes and documents agree. */
  #lookInside(expireAt?: Date): void {
    const store = openStore(this.#dir);
    try {
      if (expireAt) removeExpired({ ...store, now: () => expireAt });
      checkFiles(store);
    } finally {
      store.sqlite.close();
    }
  }
}

const looks = new Set(['find', 'count', 'distinct', 'group']);

/** What went wrong, whatever the numbers in it: cutting down must not end with another fault than it began with. */
function kindOf({ message }: Error): string {
  return message.replace(/^Operation \d+/, '').split('\n')[0]!;
}
