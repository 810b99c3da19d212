import { StoreError } from '../faults/errors.ts';

/** A result that is fetched in batches. */
export type Cursor = { id: number; ns: string; rows: Iterator<Buffer>; held?: Buffer; usedAt: number };

/** As MongoDB: a cursor that nobody asked for in ten minutes is closed. */
const idleMs = 10 * 60 * 1000;
const firstBatch = 101;
/** Answers stay below the size of a message. */
const batchBytes = 16 * 1024 * 1024;

/** The open cursors. */
export class Cursors {
  readonly #open = new Map<number, Cursor>();
  #last = 0;

  /** Takes the first batch; id 0: that was all. */
  start(
    ns: string,
    rows: Iterator<Buffer>,
    { batchSize = firstBatch, single = false, now = Date.now() },
  ): { id: number; docs: Buffer[] } {
    const cursor: Cursor = { id: ++this.#last, ns, rows, usedAt: now };
    const { docs, done } = take(cursor, batchSize);
    if (done || single) return { id: 0, docs };
    this.#open.set(cursor.id, cursor);
    return { id: cursor.id, docs };
  }

  next(id: number, ns: string, batchSize = Infinity, now = Date.now()): { id: number; docs: Buffer[] } {
    const cursor = this.#open.get(id);
    if (!cursor) throw new StoreError(43, `cursor id ${id} not found`);
    if (cursor.ns !== ns) {
      throw new StoreError(
        13,
        `Requested getMore on namespace '${ns}', but cursor belongs to a different namespace ${cursor.ns}`,
      );
    }
    cursor.usedAt = now;
    const { docs, done } = take(cursor, batchSize || Infinity);
    if (done) this.#open.delete(id);
    return { id: done ? 0 : id, docs };
  }

  kill(id: number): boolean {
    return this.#open.delete(id);
  }

  /** Ends what goes through a collection that is no more. */
  killAll(ns: string): void {
    for (const [id, cursor] of this.#open) if (cursor.ns === ns) this.#open.delete(id);
  }

  closeIdle(now = Date.now()): void {
    for (const [id, { usedAt }] of this.#open) if (now - usedAt > idleMs) this.#open.delete(id);
  }
}

function take(cursor: Cursor, batchSize: number): { docs: Buffer[]; done: boolean } {
  const docs: Buffer[] = [];
  let bytes = 0;
  while (docs.length < batchSize) {
    const doc = cursor.held ?? next(cursor.rows);
    cursor.held = undefined;
    if (!doc) return { docs, done: true };
    if (docs.length && bytes + doc.length > batchBytes) {
      cursor.held = doc;
      return { docs, done: false };
    }
    bytes += doc.length;
    docs.push(doc);
  }
  cursor.held = next(cursor.rows);
  return { docs, done: cursor.held === undefined };
}

function next(rows: Iterator<Buffer>): Buffer | undefined {
  const step = rows.next();
  return step.done ? undefined : (step.value as Buffer);
}
