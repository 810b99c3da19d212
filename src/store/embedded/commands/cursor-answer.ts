import { Long, type Document } from 'bson';
import { write } from '../values/raw.ts';
import type { Store } from '../data/store.ts';
import { documentArgument, numberArgument } from './command.ts';

/** `{cursor: {firstBatch: […], id, ns}, ok: 1}`, with the documents as the bytes they are. */
export function cursorAnswer(
  batchName: 'firstBatch' | 'nextBatch',
  ns: string,
  { id, docs }: { id: number; docs: Buffer[] },
  more?: Document,
): Buffer[] {
  const tail = more ? write({ ...more, ok: 1 }).subarray(4) : okTail;
  const rest = write({ id: Long.fromNumber(id), ns }).subarray(4);
  const items: Buffer[] = [];
  let size = 5;
  docs.forEach((doc, i) => {
    const head = Buffer.from(`\x03${i}\0`, 'latin1');
    items.push(head, doc);
    size += head.length + doc.length;
  });
  const listHead = Buffer.concat([Buffer.from(`\x04${batchName}\0`, 'latin1'), int32(size)]);
  const cursorSize = 4 + listHead.length - 4 + size + rest.length;
  const cursorHead = Buffer.concat([Buffer.from('\x03cursor\0', 'latin1'), int32(cursorSize)]);
  const total = 4 + cursorHead.length - 4 + cursorSize + tail.length;
  return [int32(total), cursorHead, listHead, ...items, Buffer.of(0), rest, tail];
}

const okTail = write({ ok: 1 }).subarray(4);

function int32(value: number): Buffer {
  const buf = Buffer.alloc(4);
  buf.writeInt32LE(value);
  return buf;
}

/** The first batch of a list that is there as a whole. */
export function listAnswer(store: Store, ns: string, docs: Buffer[], args: Document): Buffer[] {
  const batchSize = numberArgument(documentArgument(args, 'cursor'), 'batchSize');
  return cursorAnswer('firstBatch', ns, store.cursors.start(ns, docs.values(), { batchSize }));
}
