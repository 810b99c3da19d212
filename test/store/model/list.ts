/** The reference: a collection that is a plain list, filtered by mingo. */
import { Query } from 'mingo';
import { compareValues, isPlain, sortDocs, valuesAt, type Doc, type Sort } from './order.ts';
import { Refused, updated, type Update } from './update.ts';

export type IndexOptions = {
  unique?: boolean;
  sparse?: boolean;
  partialFilterExpression?: Record<string, unknown>;
  expireAfterSeconds?: number;
};
export type ListIndex = { key: Record<string, 1 | -1>; name: string; options: IndexOptions };
export type Filter = Record<string, unknown>;
export type Change = {
  filter: Filter;
  update: Update;
  arrayFilters?: Record<string, unknown>[];
  upsert?: boolean;
};

export function matches(filter: Filter): (doc: Doc) => boolean {
  const query = new Query(filter, { scriptEnabled: false });
  return (doc) => query.test(doc);
}

export class ModelList {
  docs: Doc[] = [];
  indexes: ListIndex[] = [];

  /** Documents are never changed in place: a copy shares them. */
  copy(): ModelList {
    const copy = new ModelList();
    copy.docs = [...this.docs];
    copy.indexes = [...this.indexes];
    return copy;
  }

  matching(filter: Filter, sort?: Sort): Doc[] {
    const found = this.docs.filter(matches(filter));
    return sort ? sortDocs(found, sort) : found;
  }

  /** @throws Refused */
  insert(doc: Doc): void {
    this.#refuse(doc);
    this.docs.push(structuredClone(doc));
  }

  /** What the change makes of this document, in its place. @throws Refused */
  change(doc: Doc, change: Change): Doc {
    const after = updated(doc, change.update, change);
    this.put(doc, after);
    return after;
  }

  /** @throws Refused */
  put(before: Doc, after: Doc): void {
    if (compareValues(before._id, after._id)) throw new Refused(66);
    if (compareValues(before, after)) this.#refuse(after, before);
    this.docs[this.docs.indexOf(before)] = after;
  }

  /** The document that an upsert makes, from what its filter asks to be equal. @throws Refused */
  upsert({ filter, ...change }: Change): Doc {
    const start: Doc = { _id: undefined };
    for (const [path, condition] of Object.entries(filter)) {
      if (isPlain(condition) && Object.keys(condition)[0]?.startsWith('$')) continue;
      const [first, second] = path.split('.') as [string, string?];
      if (second === undefined) start[first] = structuredClone(condition);
      else start[first] = { ...(start[first] as object), [second]: condition };
    }
    const doc = updated(start, change.update, { ...change, filter, inserting: true });
    this.insert(doc);
    return doc;
  }

  remove(doc: Doc): void {
    this.docs.splice(this.docs.indexOf(doc), 1);
  }

  /** @throws Refused */
  createIndex(index: ListIndex): void {
    if (index.options.expireAfterSeconds !== undefined && Object.keys(index.key).length > 1)
      throw new Refused(67);
    const same = this.indexes.find(({ name }) => name === index.name);
    if (same) {
      if (JSON.stringify(same.options) !== JSON.stringify(index.options)) throw new Refused(85, 86);
      return;
    }
    const seen = new Set<string>();
    for (const doc of this.docs) {
      for (const key of keysOf(doc, index)) {
        if (index.options.unique && seen.has(key)) throw new Refused(11000, 171);
        seen.add(key);
      }
    }
    this.indexes.push(index);
  }

  dropIndex(name: string): void {
    this.indexes = this.indexes.filter((index) => index.name !== name);
  }

  /** What goes when the time is `now`. */
  expire(now: Date): void {
    for (const index of this.indexes) {
      const { expireAfterSeconds, partialFilterExpression = {} } = index.options;
      if (expireAfterSeconds === undefined) continue;
      const before = now.getTime() - expireAfterSeconds * 1000;
      const isOver = (value: unknown) => value instanceof Date && value.getTime() < before;
      const path = Object.keys(index.key)[0]!.split('.');
      const covered = matches(partialFilterExpression);
      this.docs = this.docs.filter((doc) => !(covered(doc) && valuesAt(doc, path, null).flat().some(isOver)));
    }
  }

  #refuse(doc: Doc, except?: Doc): void {
    const codes: number[] = [];
    const others = this.docs.filter((one) => one !== except);
    if (others.some(({ _id }) => !compareValues(_id, doc._id))) codes.push(11000);
    for (const index of this.indexes) {
      try {
        const keys = keysOf(doc, index);
        if (!index.options.unique || !keys.length) continue;
        if (others.some((one) => keysOf(one, index).some((key) => keys.includes(key)))) codes.push(11000);
      } catch (error) {
        codes.push(...(error as Refused).codes);
      }
    }
    if (codes.length) throw new Refused(...codes);
  }
}

/** The entries a document has in an index, as text. @throws Refused 171 for two arrays side by side */
export function keysOf(doc: Doc, { key, options }: ListIndex): string[] {
  if (options.partialFilterExpression && !matches(options.partialFilterExpression)(doc)) return [];
  const paths = Object.keys(key).map((path) => path.split('.'));
  const arrays = new Set(paths.map(([first]) => first!).filter((first) => Array.isArray(doc[first])));
  if (arrays.size > 1) throw new Refused(171);
  const [array] = arrays;
  const isThere = paths.some((path) => valuesAt(doc, path, undefined).some((value) => value !== undefined));
  if (options.sparse && !isThere) return [];
  const rows = array === undefined ? [undefined] : (doc[array] as unknown[]);
  const keys = (rows.length ? rows : [undefined]).map((row) =>
    paths
      .map((path) => {
        if (path[0] !== array) return text(valuesAt(doc, path, null)[0]);
        if (path.length === 1) return rows.length ? text(row) : '[]';
        return text(isPlain(row) ? valuesAt(row, path.slice(1), null)[0] : null);
      })
      .join(),
  );
  return [...new Set(keys)];
}

function text(value: unknown): string {
  return value instanceof Date ? `@${value.getTime()}` : JSON.stringify(value);
}
