/**
 * Writers each of which does one thing after another, so that what is in the file says how far each had come: the state
 * after so many steps is known. What one writer had been told of before another was sent may not be missing beside it.
 */
import assert from 'node:assert/strict';
import mongoose from 'mongoose';
import type { Random } from '../random.ts';

type Item = { _id: string; lane: number; n: number; text: string };
type Step = { start: number; end: number };

const kept = 12;

export class Lanes {
  readonly #steps: Step[][];
  readonly #random: Random;
  #clock = 0;

  constructor(lanes: number, random: Random) {
    this.#random = random;
    this.#steps = Array.from({ length: lanes }, () => []);
  }

  now(): number {
    return ++this.#clock;
  }

  /** Goes on until told to stop, or until the store is gone. */
  async run(url: string, state: { stop: boolean }): Promise<void> {
    const client = await new mongoose.mongo.MongoClient(url, { maxPoolSize: this.#steps.length }).connect();
    const items = client.db('power').collection<Item>('items');
    const counts = client.db('power').collection<{ _id: number; n: number }>('counts');
    await items.createIndex({ lane: 1, n: -1 });
    await items.createIndex({ text: 1 });
    const lane = async (steps: Step[], number: number) => {
      while (!state.stop) {
        const step: Step = { start: this.now(), end: Infinity };
        const n = Math.floor(steps.length / 3);
        const kind = steps.length % 3;
        steps.push(step);
        if (kind === 0) {
          const text = 'x'.repeat(this.#random.below(2000));
          await items.insertOne({ _id: `${number}/${n}`, lane: number, n, text });
        } else if (kind === 1) await counts.updateOne({ _id: number }, { $inc: { n: 1 } }, { upsert: true });
        else await items.deleteMany({ lane: number, n: { $lte: n - kept } });
        step.end = this.now();
      }
    };
    await Promise.all(this.#steps.map((steps, number) => lane(steps, number)));
    await client.close();
  }

  /** Is this the state that some moment left? `at`: what was told by then must be there; else what others saw. */
  check(items: Item[], counts: { _id: number; n: number }[], at?: number): void {
    const done = this.#steps.map((steps, number) => {
      const mine = items.filter(({ lane }) => lane === number).map(({ n }) => n);
      const count = counts.find(({ _id }) => _id === number)?.n ?? 0;
      const fitting = [0, 1, 2, 3]
        .map((more) => count * 3 - 1 + more)
        .filter((some) => isAfter(some, count, mine));
      const possible = fitting.filter((some) => some <= steps.length);
      assert.ok(
        possible.length,
        `lane ${number} has ${mine.sort().join()} and ${count}: no moment left that`,
      );
      // A step that changed nothing may have been done or not.
      return { least: possible[0]!, most: possible.at(-1)! };
    });
    const seen = this.#steps.flatMap((steps, number) => steps.slice(0, done[number]!.least));
    const latest = at ?? Math.max(0, ...seen.map(({ start }) => start));
    this.#steps.forEach((steps, number) => {
      const told = steps.filter(({ end }) => end < latest).length;
      const lost = told - done[number]!.most;
      assert.ok(lost <= 0, `lane ${number} lost ${lost} steps that it was told of`);
    });
  }
}

/** Is this what is there after so many steps? */
function isAfter(steps: number, count: number, items: number[]): boolean {
  if (steps < 0) return false;
  const [inserted, counted, cleared] = [
    Math.ceil(steps / 3),
    Math.floor((steps + 1) / 3),
    Math.floor(steps / 3),
  ];
  const first = Math.max(0, cleared - kept);
  const expected = Array.from({ length: inserted - first }, (_, i) => first + i);
  return count === counted && items.length === expected.length && expected.every((n) => items.includes(n));
}
