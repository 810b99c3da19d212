import type { Document } from 'bson';
import type { Collection, Index } from '../data/catalog.ts';
import type { Collation } from '../values/collation.ts';
import { StoreError } from '../faults/errors.ts';
import type { KeyField } from '../values/index-keys.ts';
import { keyOfValue, tag } from '../values/keys.ts';
import { isDocument, isNaNKey, isOperators, isPattern, toPattern } from '../query/value-tests.ts';

/** Keys from `from` up to, without, `to`. */
export type Range = { from: Buffer; to: Buffer };

export type IndexPlan = {
  index: Index;
  /** In key order, none overlapping. */
  ranges: Range[];
  reverse: boolean;
  /** Every document of the ranges matches the filter: it need not be looked at. */
  exact: boolean;
  /** They come in the order asked for. */
  sorted: boolean;
};

/** Where the documents that may match are read from: an index, several one after another, or everywhere. */
export type Plan = IndexPlan | { union: IndexPlan[] } | { everything: true; reverse: boolean };

/**
 * Chooses the index that narrows most (equality before range) and, of those, one that gives the wanted order.
 * @throws 2 when the hint names no index
 */
export function planFor(
  collection: Collection,
  filter: Document,
  sort: KeyField[] = [],
  hint?: unknown,
  collation?: Collation,
  depth = 0,
): Plan {
  const plain = conditionsOf(filter, byBytes);
  const conditionsFor = (index: Index) =>
    index.collation || collation ? conditionsOf(filter, readingOf(index, collation)) : plain;
  const natural = isDocument(hint) && '$natural' in hint ? Number(hint['$natural']) : undefined;
  if (natural !== undefined) return { everything: true, reverse: natural < 0 };
  if (hint !== undefined) {
    const index = hinted(collection, hint);
    return (
      indexPlan(index, conditionsFor(index), collation ? [] : sort, filter)?.plan ?? {
        everything: true,
        reverse: false,
      }
    );
  }
  let best: Scored | undefined;
  for (const index of collection.indexes) {
    if (index.hidden) continue;
    const candidate = indexPlan(index, conditionsFor(index), collation ? [] : sort, filter);
    if (candidate && candidate.score > (best?.score ?? 0)) best = candidate;
  }
  if (best && best.score >= pointScore) return best.plan;
  const union = sort.length ? undefined : unionPlan(collection, filter, collation, depth);
  return union ?? best?.plan ?? { everything: true, reverse: false };
}

type Scored = { plan: IndexPlan; score: number };
const pointScore = 10;
const rangeScore = 5;
const sortScore = 7;
const maxPoints = 1000;

/** What the filter demands of one path, as far as an index can serve it. */
type Condition = {
  /** The value is one of these (keys of single values). */
  points?: Buffer[];
  low?: { key: Buffer; inclusive: boolean };
  high?: { key: Buffer; inclusive: boolean };
  /** Points that also stand for documents without the field: the index alone cannot tell, and a sparse one lacks them. */
  nullish?: boolean;
  /** One more value beside the range: a pattern also matches itself. */
  beside?: Buffer;
};

type Conditions = {
  byPath: Map<string, Condition>;
  /** Something in the filter is not in `byPath`. */
  more: boolean;
};

/** Which values an index can be asked for, and under which keys it has them. */
type Reading = {
  point: (value: unknown) => boolean;
  rangeEnd: (value: unknown) => boolean;
  collation?: Collation;
};

const byBytes: Reading = { point: () => true, rangeEnd: () => true };

/** An index of folded texts knows no order among them; one of another collation says nothing about texts at all. */
function readingOf(index: Index, collation: Collation | undefined): Reading {
  if (index.collation && index.collation.name === collation?.name)
    return { point: () => true, rangeEnd: isTextless, collation };
  return { point: isTextless, rangeEnd: isTextless };
}

function isTextless(value: unknown): boolean {
  return (
    typeof value !== 'string' && typeof value !== 'symbol' && !isDocument(value) && !Array.isArray(value)
  );
}

function conditionsOf(filter: Document, reading: Reading): Conditions {
  const conditions: Conditions = { byPath: new Map(), more: false };
  for (const { name, condition } of conjunctsOf(filter)) {
    if (name.startsWith('$')) conditions.more = true;
    else if (isDocument(condition) && isOperators(condition)) {
      for (const [operator, argument] of Object.entries(condition)) {
        if (operator === '$regex')
          addPattern(conditions, name, toPattern(argument, condition['$options']), reading);
        else add(conditions, name, operator, argument, reading);
      }
    } else if (isPattern(condition)) addPattern(conditions, name, toPattern(condition, undefined), reading);
    else add(conditions, name, '$eq', condition, reading);
  }
  return conditions;
}

type Conjunct = { name: string; condition: unknown };

/** What a filter demands all at once, with every `$and` opened. */
function conjunctsOf(filter: Document): Conjunct[] {
  return Object.entries(filter).flatMap(([name, condition]): Conjunct[] =>
    name === '$and' && Array.isArray(condition)
      ? condition.flatMap((one) => conjunctsOf(one as Document))
      : [{ name, condition: condition as unknown }],
  );
}

function add(into: Conditions, path: string, operator: string, argument: unknown, reading: Reading): void {
  const isPoint = (value: unknown) => isSingle(value) && reading.point(value);
  let condition = into.byPath.get(path);
  if (!condition) into.byPath.set(path, (condition = {}));
  if (operator === '$eq' && isPoint(argument) && !condition.points)
    return setPoints(condition, [argument], reading.collation);
  if (operator === '$in' && Array.isArray(argument) && argument.every(isPoint) && !condition.points) {
    return setPoints(condition, argument, reading.collation);
  }
  const side = operator.startsWith('$g') ? 'low' : 'high';
  if (
    ['$gt', '$gte', '$lt', '$lte'].includes(operator) &&
    isRangeEnd(argument) &&
    reading.rangeEnd(argument) &&
    !condition[side]
  ) {
    const key = keyOfValue(argument);
    const other = condition[side === 'low' ? 'high' : 'low'];
    if (!isNaNKey(key) && (!other || other.key[0] === key[0])) {
      condition[side] = { key, inclusive: operator.endsWith('e') };
      return;
    }
  }
  into.more = true;
}

/** A pattern that begins with plain text asks for a range of texts; whether they match is still to be seen. */
function addPattern(into: Conditions, path: string, pattern: RegExp, reading: Reading): void {
  into.more = true;
  const prefix = pattern.flags ? '' : prefixOf(pattern.source);
  let condition = into.byPath.get(path);
  if (!condition) into.byPath.set(path, (condition = {}));
  if (!prefix || !reading.rangeEnd(prefix) || condition.low || condition.high) return;
  const key = keyOfValue(prefix);
  condition.low = { key, inclusive: true };
  condition.high = { key: Buffer.concat([key.subarray(0, -1), top]), inclusive: false };
  condition.beside = keyOfValue(pattern);
}

/** The text with which everything that a pattern matches begins. */
export function prefixOf(source: string): string {
  if (!source.startsWith('^') || source.includes('|')) return '';
  const [literal = ''] = /^(?:[^\\^$.*+?()[\]{}|]|\\[^\p{L}\p{N}])*/u.exec(source.slice(1)) ?? [];
  const isOptional = /^[*?{]/.test(source.slice(1 + literal.length));
  const characters = [...literal.replace(/\\(.)/gsu, '$1')];
  return (isOptional ? characters.slice(0, -1) : characters).join('');
}

function setPoints(condition: Condition, values: unknown[], collation: Collation | undefined): void {
  const keys = values.flatMap((value) => {
    if (value !== null && value !== undefined) return [keyOfValue(value, collation)];
    condition.nullish = true;
    return [Buffer.of(tag.undefined), Buffer.of(tag.null)];
  });
  condition.points = keys.sort(Buffer.compare).filter((key, i) => i === 0 || !key.equals(keys[i - 1]!));
}

/** An array is equal to a whole array or to an element of one: an index of elements does not serve that. */
function isSingle(value: unknown): boolean {
  return !Array.isArray(value) && !isPattern(value);
}

function isRangeEnd(value: unknown): boolean {
  if (value === null || value === undefined || !isSingle(value)) return false;
  const first = keyOfValue(value)[0];
  return first !== tag.minKey && first !== tag.maxKey;
}

function indexPlan(
  index: Index,
  conditions: Conditions,
  sort: KeyField[],
  filter: Document,
): Scored | undefined {
  let prefixes = [Buffer.alloc(0)];
  let ranges: Range[] | undefined;
  let score = 0;
  let served = 0;
  let exact = !conditions.more && !index.multikey;
  const roots = new Set<string>();
  for (const field of index.fields) {
    const condition = conditions.byPath.get(field.path);
    const root = field.path.split('.')[0]!;
    // Values of one array's elements that stand in different keys: only one of the fields may be narrowed.
    if (!condition || (index.multikey && roots.has(root))) break;
    roots.add(root);
    if (condition.points && prefixes.length * condition.points.length <= maxPoints) {
      const points = condition.points.map((key) => directed(key, field));
      if (field.descending) points.reverse();
      prefixes = prefixes.flatMap((prefix) => points.map((point) => Buffer.concat([prefix, point])));
      score += pointScore;
      served++;
      if (condition.nullish || condition.low || condition.high) exact = false;
      continue;
    }
    if (!condition.low && !condition.high) break;
    const { low, high } =
      index.multikey && condition.low ? { low: condition.low, high: undefined } : condition;
    ranges = prefixes.flatMap((prefix) => {
      const range = rangeWithin(prefix, field, low, high);
      if (!condition.beside) return [range];
      const from = Buffer.concat([prefix, directed(condition.beside, field)]);
      const alone = { from, to: Buffer.concat([from, top]) };
      return field.descending ? [alone, range] : [range, alone];
    });
    score += rangeScore + (low && high ? 1 : 0);
    served++;
    break;
  }
  const byPath = [...conditions.byPath.values()];
  if (served < byPath.length) exact = false;
  if (!covers(index, conditions, filter)) return undefined;
  const order =
    sort.length && !index.multikey && !index.collation ? orderOf(index, conditions, sort) : undefined;
  if (order) score += sortScore;
  if (index.unique && served === index.fields.length && !ranges) score += 3;
  ranges ??= prefixes.map((prefix) => ({ from: prefix, to: Buffer.concat([prefix, top]) }));
  return { score, plan: { index, ranges, reverse: order === 'reverse', exact, sorted: order !== undefined } };
}

const top = Buffer.of(0xff);

function directed(key: Buffer, field: KeyField): Buffer {
  if (!field.descending) return key;
  const turned = Buffer.alloc(key.length);
  for (let i = 0; i < key.length; i++) turned[i] = ~key[i]! & 0xff;
  return turned;
}

/** Below every number, above NaN: comparison leaves NaN out. */
const firstNumber = Buffer.of(tag.number, 0, 0, 0, 0, 0, 0, 0, 1);

function rangeWithin(prefix: Buffer, field: KeyField, low: Condition['low'], high: Condition['high']): Range {
  const type = (low ?? high)!.key[0]!;
  const bottom = type === tag.number ? firstNumber : Buffer.of(type - 1);
  const lower = low ? directed(low.key, field) : directed(bottom, field);
  const upper = high ? directed(high.key, field) : directed(Buffer.of(type + 1), field);
  const after = (key: Buffer) => Buffer.concat([prefix, key, top]);
  const at = (key: Buffer) => Buffer.concat([prefix, key]);
  if (!field.descending) {
    return {
      from: low && !low.inclusive ? after(lower) : at(lower),
      to: high?.inclusive ? after(upper) : at(upper),
    };
  }
  return {
    from: high && !high.inclusive ? after(upper) : at(upper),
    to: low?.inclusive ? after(lower) : at(lower),
  };
}

/** Does the index hold every document that can match? (A sparse or partial one leaves some out.) */
function covers(index: Index, conditions: Conditions, filter: Document): boolean {
  const demandsValue = (path: string) => {
    const condition = conditions.byPath.get(path);
    return Boolean(condition && !condition.nullish && (condition.points || condition.low || condition.high));
  };
  if (index.sparse && !index.fields.some(({ path }) => demandsValue(path))) return false;
  if (!index.partial) return true;
  return Object.entries(index.partial.filter).every(([path, wanted]) => {
    if (isDocument(wanted) && Object.keys(wanted).join() === '$exists' && wanted['$exists'] === true)
      return demandsValue(path);
    const asked = filter[path] as unknown;
    return asked !== undefined && keyOfValue(asked).equals(keyOfValue(wanted));
  });
}

/** Does the index, within its points, run in the wanted order, or in that order turned round? */
function orderOf(index: Index, conditions: Conditions, sort: KeyField[]): 'forward' | 'reverse' | undefined {
  // Which of several values a list is sorted by, an equality does not say: only a path that the index knows to hold one is fixed.
  const isSingleValue = (path: string) => path === '_id' || index.fields.some((field) => field.path === path);
  const isFixed = (path: string) => isSingleValue(path) && conditions.byPath.get(path)?.points?.length === 1;
  let turned: boolean | undefined;
  let at = 0;
  for (const wanted of sort) {
    while (
      at < index.fields.length &&
      index.fields[at]!.path !== wanted.path &&
      isFixed(index.fields[at]!.path)
    )
      at++;
    const field = index.fields[at];
    if (field?.path !== wanted.path) {
      if (isFixed(wanted.path)) continue;
      return undefined;
    }
    at++;
    if (isFixed(wanted.path)) continue;
    const turn = field.descending !== wanted.descending;
    if (turned !== undefined && turned !== turn) return undefined;
    turned = turn;
  }
  return turned ? 'reverse' : 'forward';
}

/** An `$or` in an `$or` in an `$or` is not worth a plan of its own. */
const maxUnionDepth = 2;

/** `$or`: every branch from an index of its own, together with what is demanded beside the `$or`; or none. */
function unionPlan(
  collection: Collection,
  filter: Document,
  collation: Collation | undefined,
  depth: number,
): Plan | undefined {
  if (depth >= maxUnionDepth) return undefined;
  const conjuncts = conjunctsOf(filter);
  const or = conjuncts.find(({ name, condition }) => name === '$or' && Array.isArray(condition));
  if (!or) return undefined;
  const rest = conjuncts.filter((one) => one !== or).map(({ name, condition }) => ({ [name]: condition }));
  const plans: IndexPlan[] = [];
  for (const branch of or.condition as Document[]) {
    const plan = planFor(collection, { $and: [...rest, branch] }, [], undefined, collation, depth + 1);
    if ('everything' in plan) return undefined;
    plans.push(...('union' in plan ? plan.union : [plan]).map((one) => ({ ...one, exact: false })));
  }
  return plans.length ? { union: plans } : undefined;
}

/** The index that a hint names, by name or by key pattern. */
export function hinted(collection: Collection, hint: unknown): Index {
  const wanted = typeof hint === 'string' ? hint : JSON.stringify(hint);
  const index = collection.indexes.find(({ name, spec }) =>
    typeof hint === 'string' ? name === wanted : JSON.stringify(spec['key']) === wanted,
  );
  if (index) return index;
  throw new StoreError(
    2,
    'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
  );
}
