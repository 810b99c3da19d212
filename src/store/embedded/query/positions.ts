/** Paths into arrays: `$`, `$[]` and `$[name]` with its filter. */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import type { Collation } from '../values/collation.ts';
import type { Meaning } from './expressions.ts';
import { compileFilter } from './filter.ts';
import type { RawValue } from '../values/raw.ts';
import { ArrayNode, ObjectNode, open, rawNode, wrap, type Node } from '../values/tree.ts';

/** The document as it was found, and what was said of arrays in it. */
export type Applying = { doc: Buffer; filter: Document; arrayFilters: ArrayFilters; collation?: Collation };

export type ArrayFilters = Map<string, (value: RawValue) => boolean>;

/** @throws 2, 9 for a filter that no path names, or a name without a filter */
export function compileArrayFilters(
  given: Document[],
  actions: { path: string; parts: string[] }[],
  meaning: Meaning,
): ArrayFilters {
  const filters: ArrayFilters = new Map();
  for (const filter of given) {
    const names = new Set(identifiersOf(filter));
    const [name] = names;
    if (names.size !== 1 || !name) {
      throw new StoreError(
        9,
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found ${[...names].map((n) => `'${n}'`).join(' and ') || 'none'}`,
      );
    }
    if (filters.has(name)) {
      throw new StoreError(9, `Found multiple array filters with the same top-level field name ${name}`);
    }
    const test = compileFilter(filter, meaning);
    filters.set(name, (value) => test(wrap(name, value)));
  }
  const used = new Set(
    actions.flatMap(({ parts }) => parts.flatMap((part) => /^\$\[(\w+)\]$/.exec(part)?.[1] ?? [])),
  );
  for (const name of used) {
    if (!filters.has(name))
      throw new StoreError(2, `No array filter found for identifier '${name}' in path '${actions[0]!.path}'`);
  }
  for (const name of filters.keys()) {
    if (!used.has(name))
      throw new StoreError(9, `The array filter for identifier '${name}' was not used in the update`);
  }
  return filters;
}

function identifiersOf(filter: Document): string[] {
  return Object.entries(filter).flatMap(([name, value]) =>
    name.startsWith('$') && Array.isArray(value)
      ? value.flatMap((one) => identifiersOf(one as Document))
      : [name.split('.')[0]!],
  );
}

/** The names a part of a path stands for: itself, or positions of an array. */
export function namesAt(
  parent: ObjectNode | ArrayNode,
  parts: string[],
  index: number,
  applying: Applying,
): string[] {
  const part = parts[index]!;
  const positional = /^\$(?:\[(\w*)\])?$/.exec(part);
  if (!positional) return [part];
  if (part === '$') return [String(matchedPosition(parts.slice(0, index).join('.'), applying))];
  if (!(parent instanceof ArrayNode)) {
    throw new StoreError(2, `Cannot apply array updates to non-array element ${parts[index - 1]}`);
  }
  const filter = positional[1] ? applying.arrayFilters.get(positional[1]) : undefined;
  return parent.items.flatMap((item, i) => (!filter || filter(rawNode(item)) ? [String(i)] : []));
}

/** The first element of the array at `path` for which what the query says of that array holds. */
export function matchedPosition(
  path: string,
  { doc, filter, collation }: Omit<Applying, 'arrayFilters'>,
): number {
  const conditions = conditionsOn(path, filter);
  let array: Node | undefined = ObjectNode.read(doc);
  for (const part of path.split('.')) {
    const opened: Node | undefined = array && open(array);
    array = opened instanceof ObjectNode || opened instanceof ArrayNode ? opened.get(part) : undefined;
  }
  const opened = array && open(array);
  if (opened instanceof ArrayNode && Object.keys(conditions).length) {
    const test = compileFilter(conditions, { collation });
    const position = opened.items.findIndex((item) => {
      const one = new ArrayNode();
      one.items.push(item);
      return test(wrap('x', one));
    });
    if (position >= 0) return position;
  }
  throw new StoreError(2, 'The positional operator did not find the match needed from the query.');
}

/** The query's conditions on an array, as conditions on a field `x`. */
function conditionsOn(path: string, filter: Document): Document {
  const all: Document[] = [];
  for (const [name, condition] of Object.entries(filter)) {
    if (name === path || name.startsWith(`${path}.`))
      all.push({ [`x${name.slice(path.length)}`]: condition });
    else if ((name === '$and' || name === '$or') && Array.isArray(condition)) {
      const inner = condition
        .map((one) => conditionsOn(path, one as Document))
        .filter((one) => Object.keys(one).length);
      if (inner.length) all.push({ [name]: inner });
    }
  }
  return all.length ? { $and: all } : {};
}
