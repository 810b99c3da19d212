/** The order of values as MongoDB documents it, on the JavaScript values that the model uses; written apart from the store's own. */
export type Doc = Record<string, unknown> & { _id: unknown };
export type Sort = Record<string, 1 | -1>;

/** https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/ */
function rankOf(value: unknown): number {
  if (value === undefined) return 0; // an empty array, when it is sorted by
  if (value === null) return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 5;
  if (typeof value === 'boolean') return 8;
  if (value instanceof Date) return 9;
  if (typeof value === 'object') return 4;
  throw new Error(`The model has no such value: ${String(value)}`);
}

/** Below, equal, above: negative, 0, positive. */
export function compareValues(a: unknown, b: unknown): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks) return ranks;
  if (typeof a === 'number') return a - (b as number);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  if (a instanceof Date) return a.getTime() - (b as Date).getTime();
  if (Array.isArray(a)) return compareRows(a, b as unknown[]);
  if (a === null || a === undefined) return 0;
  // Field by field: the type of the value, then the name, then the value.
  const [left, right] = [Object.entries(a), Object.entries(b as object)];
  for (const [i, [name, value]] of left.entries()) {
    const other = right[i];
    if (!other) return 1;
    const difference =
      rankOf(value) - rankOf(other[1]) || compareValues(name, other[0]) || compareValues(value, other[1]);
    if (difference) return difference;
  }
  return left.length - right.length;
}

function compareRows(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = compareValues(a[i], b[i]);
    if (difference) return difference;
  }
  return a.length - b.length;
}

export function equalValues(a: unknown, b: unknown): boolean {
  return compareValues(a, b) === 0;
}

/** The values that a path leads to: those of the elements where it meets an array on its way; `missing` where it ends. */
export function valuesAt(value: unknown, path: string[], missing: unknown): unknown[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (Array.isArray(value)) {
    const at = /^\d+$/.test(name) && value[Number(name)] !== undefined;
    if (at) return valuesAt(value[Number(name)], rest, missing);
    return value.length ? value.flatMap((item) => valuesAt(item, path, missing)) : [missing];
  }
  if (!isPlain(value) || !Object.hasOwn(value, name)) return [missing];
  return valuesAt(value[name], rest, missing);
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A document stands where its least value puts it, or its greatest where the order falls. */
export function sortDocs<T extends object>(docs: readonly T[], sort: Sort): T[] {
  const keys = new Map(
    docs.map((doc) => [doc, Object.entries(sort).map(([path, way]) => keyOf(doc, path, way))]),
  );
  const ways = Object.values(sort);
  return docs.toSorted((a, b) => {
    const [left, right] = [keys.get(a)!, keys.get(b)!];
    for (const [i, way] of ways.entries()) {
      const difference = compareValues(left[i], right[i]) * way;
      if (difference) return difference;
    }
    return 0;
  });
}

function keyOf(doc: object, path: string, way: 1 | -1): unknown {
  const values = valuesAt(doc, path.split('.'), null).flatMap((value) => {
    if (!Array.isArray(value)) return [value];
    return value.length ? (value as unknown[]) : [undefined];
  });
  return values.reduce((best, value) => (compareValues(value, best) * way < 0 ? value : best));
}
