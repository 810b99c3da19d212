import type { Statement } from 'better-sqlite3';
import type { Document } from 'bson';
import type { Collection, Index } from '../data/catalog.ts';
import type { Documents, Row } from '../data/documents.ts';
import { StoreError } from '../faults/errors.ts';
import type { Collation } from '../values/collation.ts';
import { compileFilter, type Filter } from '../query/filter.ts';
import type { KeyField } from '../values/index-keys.ts';
import { orderBy } from '../values/order.ts';
import { planFor, type IndexPlan, type Plan, type Range } from './plan.ts';

export type Query = {
  filter: Document;
  sort?: KeyField[];
  skip?: number;
  /** 0 or undefined: all. */
  limit?: number;
  hint?: unknown;
  /** What `let` gives to `$expr`. */
  variables?: Document;
  /** How text compares; by its bytes where it is missing. */
  collation?: Collation;
  /** When to give up. */
  deadline?: Deadline;
};

/** By `performance.now()`; put off when what took long is over. */
export type Deadline = { at: number };

/**
 * The documents that match, in order, read a few at a time: between two of them anything may be written, and nothing
 * stays open. What was removed meanwhile is left out. `stats` counts the documents that were looked at.
 */
export function* matching(
  documents: Documents,
  collection: Collection,
  query: Query,
  stats?: { examined: number },
): Generator<Row, void> {
  const { filter, sort = [], skip = 0, limit = 0 } = query;
  const plan = planFor(collection, filter, sort, query.hint, query.collation);
  const exact = isEmpty(filter) || ('index' in plan && plan.exact);
  const matches = exact ? everything : compileFilter(filter, query);
  const timed = query.deadline ? inTime(matches, query.deadline) : matches;
  const test: Filter = stats ? (doc) => Boolean(++stats.examined) && timed(doc) : timed;
  const sorted = !sort.length || ('index' in plan && plan.sorted);
  const wanted = limit ? skip + limit : Infinity;
  const chunk = exact && sorted ? Math.min(wanted, firstChunk) : firstChunk;
  const found = filtered(rowsOf(documents, collection, plan, chunk), test);
  const ordered = sorted ? found : inOrder(documents, collection, found, sort, wanted);
  let passed = 0;
  for (const row of ordered) {
    if (++passed <= skip) continue;
    yield row;
    if (passed >= wanted) return;
  }
}

/** How many match; without reading them where an index says so. */
export function countMatching(documents: Documents, collection: Collection, query: Query): number {
  const { filter, skip = 0, limit = 0 } = query;
  const plan = planFor(collection, filter, [], query.hint, query.collation);
  let count = 0;
  if (isEmpty(filter) && query.hint === undefined) count = documents.count(collection);
  else if ('index' in plan && plan.exact) {
    const statement = statementsOf(documents, collection, plan.index).count;
    for (const { from, to } of plan.ranges) count += statement.get(from, to) as number;
  } else for (const _ of matching(documents, collection, { ...query, sort: [], skip: 0, limit: 0 })) count++;
  count = Math.max(0, count - skip);
  return limit ? Math.min(count, Math.abs(limit)) : count;
}

const everything: Filter = () => true;

/** The filter, until time is up. @throws 50 */
function inTime(matches: Filter, deadline: Deadline): Filter {
  let looked = 0;
  return (doc) => {
    if (++looked % 32 === 0 && performance.now() > deadline.at)
      throw new StoreError(50, 'operation exceeded time limit');
    return matches(doc);
  };
}
const firstChunk = 32;
const maxChunk = 512;
const chunkBytes = 4 * 1024 * 1024;

function isEmpty(filter: Document): boolean {
  for (const _ in filter) return false;
  return true;
}

function* filtered(rows: Iterable<Row>, test: Filter): Generator<Row, void> {
  for (const row of rows) if (test(row.doc)) yield row;
}

/** The rows a plan leads to, each once. */
export function* rowsOf(
  documents: Documents,
  collection: Collection,
  plan: Plan,
  chunk = firstChunk,
): Generator<Row, void> {
  if ('everything' in plan) yield* allRows(documents, collection, plan.reverse, chunk);
  else if ('index' in plan) yield* once(indexRows(documents, collection, plan, chunk), plan.index.multikey);
  else {
    const seen = new Set<number>();
    for (const part of plan.union) {
      for (const row of indexRows(documents, collection, part, chunk)) {
        if (seen.has(row.rid)) continue;
        seen.add(row.rid);
        yield row;
      }
    }
  }
}

function* once(rows: Iterable<Row>, multikey: boolean): Generator<Row, void> {
  if (!multikey) return yield* rows;
  const seen = new Set<number>();
  for (const row of rows) {
    if (seen.has(row.rid)) continue;
    seen.add(row.rid);
    yield row;
  }
}

/** Grows while documents are small, so that one of 16 MB does not come with 500 like it. */
function nextChunk(chunk: number, rows: [unknown, number, Buffer][]): number {
  const bytes = rows.reduce((sum, [, , doc]) => sum + doc.length, 1);
  return Math.max(1, Math.min(chunk * 4, maxChunk, Math.floor((chunkBytes / bytes) * rows.length)));
}

function* allRows(
  documents: Documents,
  collection: Collection,
  reverse: boolean,
  chunk: number,
): Generator<Row, void> {
  const statement = reverse
    ? statementsOf(documents, collection).backward
    : statementsOf(documents, collection).forward;
  let last = reverse ? Number.MAX_SAFE_INTEGER : 0;
  for (;;) {
    const rows = statement.all(last, chunk) as [number, number, Buffer][];
    for (const [, rid, doc] of rows) {
      last = rid;
      yield { rid, doc };
    }
    if (rows.length < chunk) return;
    chunk = nextChunk(chunk, rows);
  }
}

function* indexRows(
  documents: Documents,
  collection: Collection,
  plan: IndexPlan,
  first: number,
): Generator<Row, void> {
  const ranges = plan.reverse ? plan.ranges.toReversed() : plan.ranges;
  for (const range of ranges) yield* rangeRows(documents, collection, plan, range, first);
}

function* rangeRows(
  documents: Documents,
  collection: Collection,
  { index, reverse }: IndexPlan,
  { from, to }: Range,
  chunk: number,
): Generator<Row, void> {
  const statements = statementsOf(documents, collection, index);
  const start = reverse ? statements.lastOf : statements.firstOf;
  const resume = reverse ? statements.before : statements.after;
  let rows = start.all(from, to, chunk) as [Buffer, number, Buffer][];
  for (;;) {
    for (const [, rid, doc] of rows) yield { rid, doc };
    if (rows.length < chunk) return;
    const [key, rid] = rows.at(-1)!;
    chunk = nextChunk(chunk, rows);
    rows = (reverse ? resume.all(key, rid, from, chunk) : resume.all(key, rid, to, chunk)) as [
      Buffer,
      number,
      Buffer,
    ][];
  }
}

type Statements = Record<
  'forward' | 'backward' | 'firstOf' | 'lastOf' | 'after' | 'before' | 'count',
  Statement
>;
const prepared = new WeakMap<Documents, WeakMap<Collection | Index, Statements>>();

function statementsOf(
  documents: Documents,
  collection: Collection,
  index = collection.indexes[0]!,
): Statements {
  let cache = prepared.get(documents);
  if (!cache) prepared.set(documents, (cache = new WeakMap()));
  let statements = cache.get(index);
  if (!statements) {
    const docs = `d${collection.id}`;
    const [key, rid, tables] = index.primary
      ? ['id', 'rid', docs]
      : ['i.key', 'i.rid', `i${index.id} AS i CROSS JOIN ${docs} AS d ON d.rid = i.rid`];
    const select = `SELECT ${key}, ${rid}, doc FROM ${tables} WHERE`;
    const up = `ORDER BY ${key}, ${rid} LIMIT ?`;
    const down = `ORDER BY ${key} DESC, ${rid} DESC LIMIT ?`;
    const prepare = (sql: string) => documents.sqlite.prepare(sql).raw();
    statements = {
      forward: prepare(`SELECT 0, rid, doc FROM ${docs} WHERE rid > ? ORDER BY rid LIMIT ?`),
      backward: prepare(`SELECT 0, rid, doc FROM ${docs} WHERE rid < ? ORDER BY rid DESC LIMIT ?`),
      firstOf: prepare(`${select} ${key} >= ? AND ${key} < ? ${up}`),
      lastOf: prepare(`${select} ${key} >= ? AND ${key} < ? ${down}`),
      after: prepare(`${select} (${key}, ${rid}) > (?, ?) AND ${key} < ? ${up}`),
      before: prepare(`${select} (${key}, ${rid}) < (?, ?) AND ${key} >= ? ${down}`),
      count: documents.sqlite
        .prepare(
          `SELECT count(*) FROM ${index.primary ? docs : `i${index.id}`} WHERE ${index.primary ? 'id' : 'key'} >= ? AND ${index.primary ? 'id' : 'key'} < ?`,
        )
        .pluck(),
    };
    cache.set(index, statements);
  }
  return statements;
}

/** How much of the documents themselves a sort keeps; past it they are read again, one by one. */
const keptBytes = 16 * 1024 * 1024;

type Sorted<Key> = { key: Key; rid: number; doc?: Buffer };

function* inOrder(
  documents: Documents,
  collection: Collection,
  rows: Iterable<Row>,
  sort: KeyField[],
  wanted: number,
): Generator<Row, void> {
  const order = orderBy(sort);
  type One = Sorted<ReturnType<typeof order.keyOf>>;
  let list: One[] = [];
  let kept = 0;
  const byKey = (a: One, b: One) => order.compare(a.key, b.key);
  for (const { rid, doc } of rows) {
    const keep = kept + doc.length <= keptBytes;
    if (keep) kept += doc.length;
    list.push({ key: order.keyOf(doc), rid, doc: keep ? doc : undefined });
    if (list.length < wanted * 2 + 1000) continue;
    list = list.sort(byKey).slice(0, wanted);
    kept = list.reduce((sum, one) => sum + (one.doc?.length ?? 0), 0);
  }
  for (const { rid, doc } of list.sort(byKey).slice(0, wanted)) {
    const now = doc ?? documents.at(collection, rid);
    if (now) yield { rid, doc: now };
  }
}
