import type { Statement } from 'better-sqlite3';
import type { Answer } from '../commands/command.ts';
import { errorAnswer } from '../commands/table.ts';
import { StoreError } from '../faults/errors.ts';
import type { Store } from '../data/store.ts';

export type Task = {
  run: () => Answer;
  writes?: true | 'alone';
  answer: (answer: Answer) => void;
};

/** After this long a batch is committed, whatever still waits. */
const longestBatchMs = 20;

/**
 * Group commit: commands that arrived while the worker was busy run one after another in one transaction, and are
 * answered when it is on the disk. One flush serves them all.
 */
export class Batches {
  readonly #store: Store;
  readonly #begin: Statement;
  readonly #commit: Statement;
  #waiting: Task[] = [];
  #scheduled = false;

  constructor(store: Store) {
    this.#store = store;
    this.#begin = store.sqlite.prepare('BEGIN IMMEDIATE');
    this.#commit = store.sqlite.prepare('COMMIT');
  }

  add(task: Task): void {
    this.#waiting.push(task);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#next());
  }

  /** Runs everything that waits. */
  drain(): void {
    while (this.#waiting.length) this.#runBatch();
  }

  #next(): void {
    this.#scheduled = false;
    this.#runBatch();
    if (!this.#waiting.length || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#next());
  }

  #runBatch(): void {
    const tasks = this.#waiting;
    this.#waiting = [];
    const { done, left } = this.#attempt(tasks);
    this.#waiting = [...left, ...this.#waiting];
    for (const { task, answer } of done) task.answer(answer);
  }

  /** One transaction. When it fails as a whole nothing has happened, and each of its commands is tried by itself. */
  #attempt(tasks: Task[]): { done: { task: Task; answer: Answer }[]; left: Task[] } {
    const { sqlite } = this.#store;
    const done: { task: Task; answer: Answer }[] = [];
    const until = performance.now() + longestBatchMs;
    try {
      for (const task of tasks) {
        if (task.writes && !sqlite.inTransaction) this.#begin.run();
        done.push({ task, answer: this.#run(task) });
        if (performance.now() > until) break;
      }
      if (sqlite.inTransaction) this.#commit.run();
      return { done, left: tasks.slice(done.length) };
    } catch (error) {
      this.#rollback();
      if (tasks.length === 1) return { done: [{ task: tasks[0]!, answer: errorAnswer(error) }], left: [] };
      return { done: tasks.flatMap((task) => this.#attempt([task]).done), left: [] };
    }
  }

  /** A refusal is an answer; anything else undoes the batch. */
  #run(task: Task): Answer {
    if (task.writes === 'alone') return this.#runWhole(task);
    try {
      return task.run();
    } catch (error) {
      if (error instanceof StoreError) return errorAnswer(error);
      throw error;
    }
  }

  #runWhole(task: Task): Answer {
    const { sqlite, catalog } = this.#store;
    sqlite.exec('SAVEPOINT whole');
    try {
      const answer = task.run();
      sqlite.exec('RELEASE whole');
      return answer;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      sqlite.exec('ROLLBACK TO whole; RELEASE whole');
      catalog.reload();
      return errorAnswer(error);
    }
  }

  #rollback(): void {
    const { sqlite, catalog } = this.#store;
    if (sqlite.inTransaction) sqlite.exec('ROLLBACK');
    catalog.reload();
  }
}
