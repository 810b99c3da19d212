/** What MongoDB's manual says that an update does, on plain JavaScript values; written apart from the store's own. */
import { Aggregator, Query } from 'mingo';
import { compareValues, equalValues, isPlain, type Doc } from './order.ts';

export type Update = Record<string, Record<string, unknown>> | Record<string, unknown>[];

/** A refusal; any of these codes will do, where several things are wrong at once. */
export class Refused extends Error {
  override name = 'Refused';
  readonly codes: number[];

  constructor(...codes: number[]) {
    super(`Refused (${codes.join(', ')})`);
    this.codes = codes;
  }
}

type Context = { filter: object; arrayFilters?: Record<string, unknown>[]; inserting?: boolean };
type Place = { parent: Record<string, unknown>; name: string; root: Record<string, unknown> };

/** A changed copy. @throws Refused */
export function updated(doc: Doc, update: Update, context: Context): Doc {
  const copy = structuredClone(doc);
  if (Array.isArray(update)) return plain(throughPipeline(copy, update)) as Doc;
  refuseConflicts(update);
  const codes: number[] = [];
  for (const [operator, fields] of Object.entries(update)) {
    if (operator === '$setOnInsert' && !context.inserting) continue;
    for (const [path, argument] of Object.entries(fields)) {
      try {
        for (const place of placesOf(copy, path.split('.'), operator, context, doc)) {
          operators[operator]!(place, structuredClone(argument));
        }
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        codes.push(...error.codes);
      }
    }
  }
  if (codes.length) throw new Refused(...codes);
  return plain(copy) as Doc;
}

/** What mingo cannot reckon with (a text among the numbers) is of the wrong type (14). */
function throughPipeline(doc: Doc, stages: Record<string, unknown>[]): unknown {
  try {
    return new Aggregator(stages, { scriptEnabled: false }).run([doc])[0];
  } catch (error) {
    if (error instanceof Error && error.message.includes('array of numbers')) throw new Refused(14);
    throw error;
  }
}

function refuseConflicts(update: Record<string, Record<string, unknown>>): void {
  const paths = Object.entries(update)
    .flatMap(([operator, fields]) =>
      Object.entries(fields).flatMap(([path, to]) => (operator === '$rename' ? [path, String(to)] : [path])),
    )
    .sort();
  for (const [i, a] of paths.entries()) {
    for (const b of paths.slice(i + 1)) if (a === b || b.startsWith(`${a}.`)) throw new Refused(40);
  }
}

const makesNothing = new Set(['$unset', '$pop', '$pull', '$pullAll', '$rename']);

function* placesOf(
  root: Doc,
  parts: string[],
  operator: string,
  context: Context,
  before: Doc,
): Generator<Place> {
  yield* walk(root, 0);

  function* walk(at: Record<string, unknown>, depth: number): Generator<Place> {
    for (const name of namesOf(at, depth)) {
      if (depth === parts.length - 1) {
        yield { parent: at, name, root };
        continue;
      }
      if (at[name] === undefined && makesNothing.has(operator)) continue;
      at[name] ??= at[name] === undefined ? {} : at[name];
      const next = at[name];
      const fits = isPlain(next) || (Array.isArray(next) && /^(\d+|\$.*)$/.test(parts[depth + 1]!));
      if (fits) yield* walk(next as Record<string, unknown>, depth + 1);
      else if (parts[depth + 1]!.startsWith('$[')) throw new Refused(2);
      else if (!makesNothing.has(operator)) throw new Refused(28);
    }
  }

  function namesOf(at: Record<string, unknown>, depth: number): string[] {
    const part = parts[depth]!;
    if (!part.startsWith('$')) return [part];
    if (!Array.isArray(at)) throw new Refused(2);
    if (part === '$') {
      const field = parts.slice(0, depth).join('.');
      const asked = Object.entries(context.filter).find(
        ([path]) => path === field || path.startsWith(`${field}.`),
      );
      const list = before[field] as unknown[] | undefined;
      const index =
        asked && list
          ? list.findIndex((item) => holds(item, asked[0].slice(field.length + 1), asked[1]))
          : -1;
      if (index < 0) throw new Refused(2);
      return [String(index)];
    }
    const id = part.slice(2, -1);
    const filter = (context.arrayFilters ?? []).find((one) => Object.keys(one)[0]!.split('.')[0] === id);
    if (id && !filter) throw new Refused(2);
    return Object.keys(at).filter(
      (index) =>
        !filter ||
        Object.entries(filter).every(([path, condition]) =>
          holds(at[index], path.split('.').slice(1).join('.'), condition),
        ),
    );
  }
}

/** Is the condition true of this one value, or of the field in it that the path names? */
function holds(value: unknown, path: string, condition: unknown): boolean {
  if (!path && isPlain(condition) && '$elemMatch' in condition) condition = condition['$elemMatch'];
  return new Query({ [path ? `v.${path}` : 'v']: condition }).test({ v: value });
}

/** The same without -0, which no integer has. */
export function plain(value: unknown): unknown {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

function calculate({ parent, name }: Place, by: (now: number) => number, start: number): void {
  const now = parent[name];
  if (now !== undefined && typeof now !== 'number') throw new Refused(14);
  put(parent, name, now === undefined ? start : by(now));
}

function put(parent: Record<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(parent)) while (parent.length < Number(name)) parent.push(null);
  parent[name] = value;
}

function listAt({ parent, name }: Place, code: number): unknown[] | undefined {
  const now = parent[name];
  if (now === undefined) return undefined;
  if (!Array.isArray(now)) throw new Refused(code);
  return now as unknown[];
}

function each(argument: unknown): unknown[] {
  return isPlain(argument) && '$each' in argument ? (argument['$each'] as unknown[]) : [argument];
}

type PushOptions = { $slice?: number; $position?: number; $sort?: 1 | -1 | Record<string, 1 | -1> };

const operators: Record<string, (place: Place, argument: unknown) => void> = {
  $set: ({ parent, name }, argument) => put(parent, name, argument),
  $setOnInsert: ({ parent, name }, argument) => put(parent, name, argument),
  $unset: ({ parent, name }) => {
    if (Array.isArray(parent)) {
      if (name in parent) parent[Number(name)] = null;
    } else delete parent[name];
  },
  $inc: (place, argument) => calculate(place, (now) => now + Number(argument), Number(argument)),
  $mul: (place, argument) => calculate(place, (now) => now * Number(argument), 0),
  $min: ({ parent, name }, argument) => {
    if (parent[name] === undefined || compareValues(argument, parent[name]) < 0) put(parent, name, argument);
  },
  $max: ({ parent, name }, argument) => {
    if (parent[name] === undefined || compareValues(argument, parent[name]) > 0) put(parent, name, argument);
  },
  $rename: ({ parent, name, root }, argument) => {
    if (parent[name] === undefined) return;
    const value = parent[name];
    const path = String(argument).split('.');
    let into = root;
    for (const part of path.slice(0, -1)) {
      into[part] ??= into[part] === undefined ? {} : into[part];
      if (Array.isArray(into[part])) throw new Refused(2);
      if (!isPlain(into[part])) throw new Refused(28);
      into = into[part];
    }
    delete parent[name];
    into[path.at(-1)!] = value;
  },
  $push: (place, argument) => {
    const list = listAt(place, 2) ?? [];
    const { $slice, $position, $sort } = (isPlain(argument) ? argument : {}) as PushOptions;
    const at =
      $position === undefined
        ? list.length
        : $position < 0
          ? Math.max(0, list.length + $position)
          : $position;
    list.splice(at, 0, ...each(argument));
    if (typeof $sort === 'number') list.sort((a, b) => compareValues(a, b) * $sort);
    else if ($sort) {
      const [[path, way]] = Object.entries($sort) as [[string, 1 | -1]];
      const key = (item: unknown) => (isPlain(item) ? (item[path] ?? null) : null);
      list.sort((a, b) => compareValues(key(a), key(b)) * way);
    }
    const kept = $slice === undefined ? list : $slice < 0 ? list.slice($slice) : list.slice(0, $slice);
    put(place.parent, place.name, kept);
  },
  $addToSet: (place, argument) => {
    const list = listAt(place, 2) ?? [];
    for (const item of each(argument)) if (!list.some((one) => equalValues(one, item))) list.push(item);
    put(place.parent, place.name, list);
  },
  $pop: (place, argument) => {
    const list = listAt(place, 14);
    if (argument === 1) list?.pop();
    else list?.shift();
  },
  $pull: (place, argument) => {
    const goes = (item: unknown) => {
      if (!isPlain(argument)) return equalValues(item, argument);
      if (Object.keys(argument)[0]?.startsWith('$')) return holds(item, '', argument);
      return isPlain(item) && new Query(argument).test(item);
    };
    const list = listAt(place, 2);
    if (list) place.parent[place.name] = list.filter((item) => !goes(item));
  },
  $pullAll: (place, argument) => {
    const list = listAt(place, 2);
    const gone = argument as unknown[];
    if (list) place.parent[place.name] = list.filter((item) => !gone.some((one) => equalValues(one, item)));
  },
  $bit: ({ parent, name }, argument) => {
    const now = parent[name] ?? (parent[name] === undefined ? 0 : null);
    if (typeof now !== 'number' || !Number.isInteger(now)) throw new Refused(2);
    const [[operation, by]] = Object.entries(argument as object) as [[string, number]];
    put(parent, name, operation === 'and' ? now & by : operation === 'or' ? now | by : now ^ by);
  },
};
