/** Random operations as data: the same seed gives the same list, whatever becomes of them, so that a list can be cut down. */
import type { Doc, Sort } from './order.ts';
import type { Filter, IndexOptions } from './list.ts';
import type { Update } from './update.ts';
import type { Random } from '../random.ts';

export type Statement =
  | { do: 'insertOne'; doc: Doc }
  | {
      do: 'updateOne' | 'updateMany';
      filter: Filter;
      update: Update;
      upsert?: boolean;
      arrayFilters?: Filter[];
      sort?: Sort;
    }
  | { do: 'replaceOne'; filter: Filter; doc: object; upsert?: boolean }
  | { do: 'deleteOne' | 'deleteMany'; filter: Filter };

export type Operation =
  | Statement
  | { do: 'insertMany'; docs: Doc[]; ordered: boolean }
  | { do: 'bulkWrite'; statements: Statement[]; ordered: boolean; asOneCommand: boolean }
  | {
      do: 'findOneAndUpdate' | 'findOneAndReplace' | 'findOneAndDelete';
      filter: Filter;
      update: Update;
      doc: object;
      sort: Sort;
      upsert: boolean;
      returnDocument: 'before' | 'after';
      arrayFilters?: Filter[];
      projection?: Projection;
    }
  | {
      do: 'find';
      filter: Filter;
      sort?: Sort;
      skip: number;
      limit: number;
      batchSize: number;
      projection?: Projection;
      hint?: number;
    }
  | { do: 'count'; filter: Filter; skip: number; limit: number }
  | { do: 'distinct'; key: string; filter: Filter }
  | { do: 'group'; key: string; filter: Filter }
  | { do: 'createIndex'; key: Record<string, 1 | -1>; options: IndexOptions }
  | { do: 'dropIndex'; which: number }
  | { do: 'reopen' }
  | { do: 'expire'; at: Date };

export type Projection = Record<string, 0 | 1>;

/** So many ids: documents meet often. */
const ids = 40;
export const epoch = Date.UTC(2026, 0, 1);

export function someOperation(random: Random): Operation {
  const kind = random.below(100);
  if (kind < 42) return someStatement(random);
  if (kind < 46) {
    const docs = Array.from({ length: 1 + random.below(4) }, () => someDoc(random));
    return { do: 'insertMany', docs, ordered: random.chance(2) };
  }
  if (kind < 50) {
    const statements = Array.from({ length: 1 + random.below(5) }, () => someStatement(random, true));
    const [ordered, asOneCommand] = [random.chance(2), random.chance(2)];
    // Drivers send an unordered list as one command for each kind, in this order.
    const kinds = ['insertOne', 'updateOne', 'deleteOne'];
    const rank = ({ do: kind }: Statement) =>
      kinds.indexOf(kind.replace('replace', 'update').replace('Many', 'One'));
    if (!ordered && !asOneCommand) statements.sort((a, b) => rank(a) - rank(b));
    return { do: 'bulkWrite', statements, ordered, asOneCommand };
  }
  if (kind < 62) {
    const upsert = random.chance(4);
    return {
      do: random.pick(['findOneAndUpdate', 'findOneAndUpdate', 'findOneAndReplace', 'findOneAndDelete']),
      filter: upsert ? upsertFilter(random) : someFilter(random),
      ...positional(random, someUpdate(random)),
      doc: someFields(random),
      sort: someSort(random),
      upsert,
      returnDocument: random.pick(['before', 'after']),
      ...(random.chance(3) ? { projection: someProjection(random) } : {}),
    };
  }
  if (kind < 80) {
    return {
      do: 'find',
      filter: someFilter(random),
      skip: random.below(4),
      limit: random.below(3) ? 1 + random.below(9) : 0,
      batchSize: 1 + random.below(20),
      ...(random.below(4) ? { sort: someSort(random) } : {}),
      ...(random.chance(3) ? { projection: someProjection(random) } : {}),
      ...(random.chance(4) ? { hint: random.below(8) } : {}),
    };
  }
  if (kind < 85)
    return { do: 'count', filter: someFilter(random), skip: random.below(3), limit: random.below(5) };
  if (kind < 87) return { do: 'distinct', key: random.pick(paths), filter: someFilter(random) };
  if (kind < 89) return { do: 'group', key: random.pick(['s', 'n', 'inner.a']), filter: someFilter(random) };
  if (kind < 95) return { do: 'createIndex', key: random.pick(keys), options: someOptions(random) };
  if (kind < 98) return { do: 'dropIndex', which: random.below(8) };
  if (kind < 99 && random.chance(3)) return { do: 'expire', at: new Date(epoch + random.below(40) * 1000) };
  return random.chance(6)
    ? { do: 'reopen' }
    : { do: 'deleteMany', filter: { _id: { $lt: random.below(ids) } } };
}

/** `byId`: it is plain which document each of them means, also within a list of them. */
function someStatement(random: Random, byId = false): Statement {
  const one = byId
    ? { _id: random.below(ids) }
    : random.pick([{ _id: random.below(ids) }, someFilter(random)]);
  const kind = random.below(20);
  if (kind < 7) return { do: 'insertOne', doc: someDoc(random) };
  if (kind < 12) {
    const filter = byId || random.below(3) ? one : { ...someFilter(random), ...one };
    const sort = !byId && random.chance(3) ? { sort: someSort(random) } : {};
    return { do: 'updateOne', filter, ...positional(random, someUpdate(random)), ...sort };
  }
  if (kind < 14) {
    return {
      do: 'updateOne',
      filter: upsertFilter(random),
      ...positional(random, someUpdate(random)),
      upsert: true,
    };
  }
  if (kind < 16) {
    const upsert = random.chance(2);
    const filter = upsert ? { _id: random.below(ids) } : one;
    return { do: 'replaceOne', filter, doc: someFields(random), ...(upsert ? { upsert } : {}) };
  }
  if (kind < 18 && !byId) {
    return { do: 'updateMany', filter: someFilter(random), ...positional(random, someUpdate(random)) };
  }
  if (kind < 19) return { do: 'deleteOne', filter: one };
  return { do: 'deleteMany', filter: { ...someFilter(random), _id: { $lt: random.below(ids) } } };
}

function upsertFilter(random: Random): Filter {
  const extra = random.pick<() => Filter>([
    () => ({}),
    () => ({ n: random.below(12) }),
    () => ({ n: { $gt: random.below(9) } }),
    () => ({ 'inner.a': random.below(4), s: random.pick(texts) }),
  ])();
  return { _id: random.below(ids), ...extra };
}

const keys: Record<string, 1 | -1>[] = [
  { n: 1 },
  { n: -1, _id: -1 },
  { s: 1, n: 1 },
  { s: -1 },
  { list: 1 },
  { list: -1, n: 1 },
  { list: 1, tags: 1 },
  { 'inner.a': 1 },
  { 'inner.a': 1, 'inner.b': -1 },
  { 'parts.n': 1 },
  { 'parts.n': 1, 'parts.m': 1 },
  { x: 1 },
  { at: 1 },
  { at: -1 },
  { s: 1, at: -1, _id: -1 },
];

function someOptions(random: Random): IndexOptions {
  const partial = () =>
    random.pick<Filter>([
      { n: { $gt: 4 } },
      { s: { $exists: true } },
      { flag: true },
      { s: 'a' },
      { n: { $lte: 2 }, flag: true },
    ]);
  return {
    ...(random.chance(3) ? { unique: true } : {}),
    ...random.pick<() => IndexOptions>([
      () => ({}),
      () => ({ sparse: true }),
      () => ({ partialFilterExpression: partial() }),
    ])(),
    ...(random.chance(3) ? { expireAfterSeconds: random.below(20) } : {}),
  };
}

const texts = ['', 'a', 'ab', 'b', 'B', 'é'];
const paths = ['_id', 'n', 's', 'list', 'inner.a', 'inner', 'x', 'parts.n', 'parts', 'flag'];

function someDoc(random: Random): Doc {
  return { _id: random.below(ids), ...someFields(random) };
}

function someFields(random: Random): Record<string, unknown> {
  const fields: Record<string, unknown> = { n: random.below(12) - 3 };
  const maybe = (name: string, make: () => unknown) => {
    if (random.chance(2)) fields[name] = make();
  };
  maybe('s', () => random.pick(texts));
  maybe('list', () => Array.from({ length: random.below(4) }, () => random.below(6)));
  maybe('inner', () => ({ a: random.below(4), ...(random.chance(2) ? { b: random.pick(texts) } : {}) }));
  maybe('parts', () => Array.from({ length: random.below(3) }, () => somePart(random)));
  maybe('x', () => someValue(random));
  maybe('at', () => someTime(random));
  if (random.chance(5)) fields['tags'] = [random.pick(texts)];
  if (random.chance(3)) fields['flag'] = random.chance(2);
  return fields;
}

const somePart = (random: Random) => ({
  n: random.below(4),
  ...(random.chance(2) ? { m: random.below(3) } : {}),
});
const someTime = (random: Random) => new Date(epoch + random.below(40) * 1000);

function someValue(random: Random): unknown {
  return random.pick<unknown>([
    null,
    true,
    false,
    0,
    1.5,
    -2,
    'a',
    'zz',
    new Date(epoch),
    { a: 1 },
    [1, 'a'],
    [],
  ]);
}

function someFilter(random: Random, depth = 0): Filter {
  const compare = (make: () => unknown) => ({ [random.pick(['$gt', '$gte', '$lt', '$lte'])]: make() });
  const number = () => random.below(12) - 3;
  const inner = () => someFilter(random, depth + 1);
  const simple: (() => Filter)[] = [
    () => ({ _id: random.below(ids) }),
    () => ({ _id: { $in: [random.below(ids), random.below(ids), 'none'] } }),
    () => ({ _id: { $gte: random.below(ids) } }),
    () => ({ n: number() }),
    () => ({ n: compare(number) }),
    () => ({ n: { $gte: number(), $lt: number() } }),
    () => ({ n: { $in: [number(), number(), number()] } }),
    () => ({
      n: random.pick<unknown>([{ $not: compare(number) }, { $type: 'number' }]),
    }),
    () => ({ s: random.pick([...texts, null]) }),
    () => ({ s: compare(() => random.pick(texts)) }),
    () => ({
      s: random.pick<unknown>([
        { $ne: 'a' },
        { $nin: ['a', 'b'] },
        { $exists: true },
        { $regex: '^a' },
        /b/i,
      ]),
    }),
    () => ({ list: random.below(6) }),
    () => ({ 'inner.a': { $mod: [3, random.below(3)] } }), // of whole numbers: mingo takes null for 0 and does not cut 1.5
    () => ({ list: compare(() => random.below(6)) }),
    () => ({ list: { $elemMatch: { $gte: random.below(6), $lt: random.below(7) } } }),
    () => ({
      list: random.pick<unknown>([{ $all: [1, 2] }, { $size: random.below(4) }, { $ne: 1 }, [1, 2], []]),
    }),
    () => ({ 'inner.a': random.below(4), ...(random.chance(2) ? { 'inner.b': random.pick(texts) } : {}) }),
    () => ({ inner: { a: random.below(4) } }),
    () => ({ 'parts.n': random.below(4), 'parts.m': random.below(3) }),
    () => ({ parts: { $elemMatch: { n: random.below(4), m: compare(() => random.below(3)) } } }),
    () => ({ x: random.pick([null, true, 0, 1.5, 'a', new Date(epoch)]) }),
    () => ({ x: { $exists: random.chance(2) } }),
    () => ({ at: compare(() => someTime(random)) }),
    () => ({ flag: true, ...(random.chance(2) ? { n: compare(number) } : {}) }),
    // Of numbers alone: for mingo, no text is greater than any number.
    () => ({ n: { $type: 'number' }, $expr: { $gt: ['$n', number()] } }),
    () => ({}),
  ];
  const joined: (() => Filter)[] = [
    () => ({ $or: [inner(), inner()] }),
    () => ({ $and: [inner(), inner()] }),
    () => ({ $nor: [inner(), inner()] }),
    () => ({ ...inner(), n: compare(number) }),
    () => ({ s: random.pick(texts), at: compare(() => someTime(random)) }),
  ];
  return random.pick(depth < 2 && random.chance(3) ? joined : simple)();
}

/** `_id` at the end: everybody agrees what the order is. */
function someSort(random: Random): Sort {
  const way = () => random.pick<1 | -1>([1, -1]);
  const sort: Sort = {};
  const list = random.pick(['list', 'parts.n', 'x']); // by two lists side by side nothing can be sorted
  for (let i = random.below(3); i > 0; i--) sort[random.pick(['n', 's', list, 'inner.a', 'at'])] = way();
  return { ...sort, _id: way() };
}

function someProjection(random: Random): Projection {
  return random.pick<Projection>([
    { n: 1 },
    { s: 1, list: 1, _id: 0 },
    { 'inner.a': 1 },
    { 'parts.n': 1, n: 1 },
    { inner: 0, x: 0 },
    { 'inner.b': 0 },
    { 'parts.m': 0, _id: 0 },
    { _id: 1 },
  ]);
}

/** Some updates need array filters, which others must not have; for some the filter has to say which element is meant. */
function positional(
  random: Random,
  update: Update,
): { update: Update; arrayFilters?: Filter[]; filter?: Filter } {
  const text = JSON.stringify(update);
  const n = random.pick<unknown>([random.below(4), { $gte: random.below(4) }]);
  const list = random.pick<unknown>([random.below(6), { $gte: random.below(6) }, { $elemMatch: { $lt: 3 } }]);
  const filter = { _id: random.below(ids), ...(random.below(4) ? { list } : {}) };
  return {
    update,
    ...(text.includes('$[p]') ? { arrayFilters: [{ 'p.n': n }] } : {}),
    ...(text.includes('list.$"') ? { filter } : {}),
  };
}

function someUpdate(random: Random): Update {
  if (random.chance(25)) return [{ $set: { total: { $add: ['$n', 1] }, s: 'p' } }, { $unset: 'x' }];
  const makers: (() => Record<string, Record<string, unknown>>)[] = [
    () => ({ $set: someFields(random) }),
    () => ({ $set: { 'inner.a': random.below(4), 'list.1': random.below(6) } }),
    () => ({ $set: { 'inner.deep.z': random.below(3) } }),
    () => ({ $unset: { [random.pick(['s', 'x', 'inner.b', 'list.0', 'n', 'at'])]: '' } }),
    // 'list.1' and no other: where there is no list a document comes about, whose names JavaScript would sort.
    () => ({ $inc: { n: random.below(5) - 2, [random.pick(['inner.a', 'list.1', 'x'])]: 1 } }),
    () => ({ $inc: { n: random.pick([0.5, 1, -1]) } }),
    () => ({ $mul: { n: random.pick([0, 2, -1, 0.5]) } }),
    () => ({ $max: { n: random.below(9), at: someTime(random) } }),
    () => ({ $min: { [random.pick(['n', 's', 'x'])]: random.pick<unknown>([random.below(9), 'aa', null]) } }),
    () => ({ $rename: { [random.pick(['s', 'inner.b', 'x'])]: random.pick(['t', 'inner.c', 'flag']) } }),
    () => ({ $push: { list: random.below(6) } }),
    () => ({
      $push: {
        list: { $each: [random.below(6), random.below(6)], $slice: random.pick([-3, 2, 0]), $sort: 1 },
      },
    }),
    () => ({ $push: { list: { $each: [random.below(6)], $position: random.pick([0, 1, -1]) } } }),
    () => ({ $push: { parts: { $each: [somePart(random)], $sort: { n: -1 }, $slice: 3 } } }),
    () => ({ $addToSet: { list: random.pick<unknown>([random.below(6), { $each: [1, random.below(6)] }]) } }),
    () => ({ $pop: { list: random.pick([1, -1]) } }),
    () => ({
      $pull: { list: random.pick<unknown>([random.below(6), { $gte: random.below(6) }, { $in: [1, 2] }]) },
    }),
    () => ({ $pull: { parts: random.pick<unknown>([{ n: random.below(4) }, { n: { $lt: 2 }, m: 1 }]) } }),
    () => ({ $pullAll: { list: [random.below(6), random.below(6)] } }),
    // A field of its own: JavaScript does not show whether a whole number is a double, which $bit refuses.
    () => ({
      $bit: {
        [random.pick(['mask', 'mask', 's'])]: { [random.pick(['and', 'or', 'xor'])]: random.below(8) },
      },
    }),
    () => ({ $set: { 'list.$': random.below(6) } }),
    () => ({ $inc: { 'list.$[]': 1 } }),
    () => ({ $inc: { 'parts.$[].n': 1 } }),
    () => ({ $set: { 'parts.$[p].m': random.below(3) } }),
    () => ({ $unset: { 'parts.$[p].m': '' } }),
    () => ({ $setOnInsert: { flag: true, born: 1 }, $set: { t: random.pick(texts) } }),
  ];
  const update: Record<string, Record<string, unknown>> = {};
  for (let i = 1 + random.below(2); i > 0; i--) {
    for (const [operator, fields] of Object.entries(random.pick(makers)())) {
      update[operator] = { ...update[operator], ...fields };
    }
  }
  return update;
}
