/** Projections of find and findAndModify, on the bytes. https://www.mongodb.com/docs/manual/reference/operator/projection/ */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';
import type { Meaning } from './expressions.ts';
import { compileFilter, type Filter } from './filter.ts';
import { expressions } from './on-demand.ts';
import { matchedPosition } from './positions.ts';
import { Elements, parse, rawOf } from '../values/raw.ts';
import { ArrayNode, ObjectNode, open, rawNode, wrap, writeTree, type Node } from '../values/tree.ts';
import { isDocument } from './value-tests.ts';

export type Projection = (doc: Buffer) => Buffer;

/** Shapes a found document as the projection asks; the filter tells which element `$` is. @throws 2, 31249, 31253, 31254 */
export function compileProjection(
  projection: Document | undefined,
  filter: Document,
  meaning: Meaning = {},
): Projection {
  const leaves = leavesOf(projection ?? {});
  if (!leaves.length) return (doc) => doc;
  const including = modeOf(leaves);
  const flat = leaves.every(({ path, kind }) => (kind === 'keep' || kind === 'drop') && !path.includes('.'));
  if (flat) return onBytes(leaves, including);
  const root = treeOf(leaves, filter, meaning);
  if (including && !root.branches.has('_id')) root.branches.set('_id', keep);
  const computed = leaves.filter(({ kind }) => kind === 'computed');
  const compute = valuesOf(computed, meaning);
  return (doc) => {
    const result = shape(ObjectNode.read(doc), root, including, doc);
    if (compute) compute(doc, result);
    return writeTree(result);
  };
}

type Kind = 'keep' | 'drop' | 'slice' | 'elemMatch' | 'position' | 'computed';
type Leaf = { path: string; kind: Kind; value: unknown };

function leavesOf(projection: Document, prefix = ''): Leaf[] {
  return Object.entries(projection).flatMap(([name, value]): Leaf[] => {
    const path = prefix + name;
    if (typeof value === 'number' || typeof value === 'boolean') {
      if (path.endsWith('.$')) return [{ path: path.slice(0, -2), kind: 'position', value }];
      return [{ path, kind: value ? 'keep' : 'drop', value }];
    }
    if (!isDocument(value)) return [{ path, kind: 'computed', value: value as unknown }];
    const [operator] = Object.keys(value);
    if (operator === undefined)
      throw new StoreError(51270, 'An empty sub-projection is not a valid value. Found empty object at path');
    if (operator === '$slice' && isSlice(value['$slice']))
      return [{ path, kind: 'slice', value: value['$slice'] as unknown }];
    if (operator === '$elemMatch')
      return [{ path, kind: 'elemMatch', value: value['$elemMatch'] as unknown }];
    if (operator === '$meta')
      throw new StoreError(2, `This store has no {$meta: "${String(value['$meta'])}"}`);
    return operator.startsWith('$') ? [{ path, kind: 'computed', value }] : leavesOf(value, `${path}.`);
  });
}

const isSlice = (value: unknown) =>
  typeof value === 'number' ||
  (Array.isArray(value) && value.length === 2 && value.every((n) => typeof n === 'number'));

/** Does the projection name what stays (true) or what goes? `$slice` alone names neither, and the rest stays. */
function modeOf(leaves: Leaf[]): boolean {
  let including: boolean | undefined;
  for (const { path, kind } of leaves) {
    if (path === '_id' || kind === 'slice') continue;
    const includes = kind !== 'drop';
    if (including === undefined) including = includes;
    else if (including && !includes)
      throw new StoreError(31254, `Cannot do exclusion on field ${path} in inclusion projection`);
    else if (!including && includes)
      throw new StoreError(31253, `Cannot do inclusion on field ${path} in exclusion projection`);
  }
  if (including !== undefined) return including;
  const id = leaves.find(({ path }) => path === '_id');
  return id ? id.kind !== 'drop' && leaves.length === 1 : false;
}

function onBytes(leaves: Leaf[], including: boolean): Projection {
  const id = leaves.find(({ path }) => path === '_id')?.kind;
  const named = new Set(leaves.map(({ path }) => path));
  return (doc) => {
    const parts: Buffer[] = [Buffer.alloc(4)];
    const element = new Elements(doc);
    while (element.next()) {
      const { name } = element;
      const stays = name === '_id' ? id !== 'drop' : named.has(name) === including;
      if (stays) parts.push(doc.subarray(element.start, element.end));
    }
    parts.push(Buffer.alloc(1));
    const out = Buffer.concat(parts);
    out.writeInt32LE(out.length);
    return out;
  };
}

/** What happens to a field: it goes, or something is made of it (undefined: it goes after all), or its own fields are shaped. */
type Branch = { branches: Map<string, Shape> };
type Shape = Branch | 'drop' | ((value: Node, doc: Buffer) => Node | undefined);

const keep: Shape = (value) => value;

function treeOf(leaves: Leaf[], filter: Document, meaning: Meaning): Branch {
  const root: Branch = { branches: new Map() };
  for (const leaf of leaves) {
    if (leaf.kind === 'computed') continue;
    const parts = leaf.path.split('.');
    const last = parts.pop()!;
    let at = root;
    for (const part of parts) {
      const next = at.branches.get(part) ?? { branches: new Map() };
      if (typeof next !== 'object') throw collision(leaf.path, part);
      at.branches.set(part, next);
      at = next;
    }
    if (at.branches.has(last)) throw collision(leaf.path, last);
    at.branches.set(last, shapeOf(leaf, filter, meaning));
  }
  return root;
}

function collision(path: string, remaining: string): StoreError {
  return new StoreError(31249, `Path collision at ${path} remaining portion ${remaining}`);
}

function shapeOf({ path, kind, value }: Leaf, filter: Document, meaning: Meaning): Shape {
  if (kind === 'keep') return keep;
  if (kind === 'drop') return 'drop';
  if (kind === 'slice') return sliced(value as number | [number, number]);
  if (kind === 'position') {
    return (node, doc) =>
      onArray(node, (items) =>
        items.slice(...span(matchedPosition(path, { doc, filter, collation: meaning.collation }))),
      );
  }
  if (path.includes('.')) throw new StoreError(31275, 'Cannot use $elemMatch projection on a nested field.');
  if (!isDocument(value)) throw new StoreError(31274, 'elemMatch: Invalid argument, object required');
  const matches: Filter = compileFilter({ x: { $elemMatch: value } }, meaning);
  return (node) => {
    const opened = open(node);
    if (!(opened instanceof ArrayNode)) return undefined;
    const found = opened.items.find((item) => matches(wrap('x', arrayOf([item]))));
    return found && arrayOf([found]);
  };
}

const span = (position: number): [number, number] => [position, position + 1];

function sliced(given: number | [number, number]): Shape {
  return (node) =>
    onArray(node, (items) => {
      if (typeof given === 'number') return given < 0 ? items.slice(given) : items.slice(0, given);
      const [skip, limit] = given;
      const from = skip < 0 ? Math.max(0, items.length + skip) : skip;
      return items.slice(from, from + limit);
    });
}

function onArray(node: Node, change: (items: Node[]) => Node[]): Node {
  const opened = open(node);
  return opened instanceof ArrayNode ? arrayOf(change(opened.items)) : node;
}

function arrayOf(items: Node[]): ArrayNode {
  const array = new ArrayNode();
  array.items = items;
  return array;
}

function shape(from: ObjectNode, { branches }: Branch, including: boolean, doc: Buffer): ObjectNode {
  const result = new ObjectNode();
  for (const [name, value] of from.fields) {
    const wanted = branches.get(name);
    if (!wanted) {
      if (!including) result.set(name, value);
    } else if (wanted !== 'drop') {
      const made = typeof wanted === 'function' ? wanted(value, doc) : within(value, wanted, including, doc);
      if (made) result.set(name, made);
    }
  }
  return result;
}

/** The same for a document inside, or for every document of an array. What has no fields stays only when nothing is picked out. */
function within(value: Node, branch: Branch, including: boolean, doc: Buffer): Node | undefined {
  const opened = open(value);
  if (opened instanceof ObjectNode) return shape(opened, branch, including, doc);
  if (!(opened instanceof ArrayNode)) return including ? undefined : value;
  return arrayOf(opened.items.flatMap((item) => within(item, branch, including, doc) ?? []));
}

/** Works out the computed fields and puts them in. */
function valuesOf(leaves: Leaf[], meaning: Meaning): ((doc: Buffer, into: ObjectNode) => void) | undefined {
  if (!leaves.length) return undefined;
  const compute = expressions().compileValues(
    Object.fromEntries(leaves.map(({ value }, i) => [`v${i}`, value])),
    meaning,
  );
  return (doc, into) => {
    const values = compute(parse(doc));
    leaves.forEach(({ path }, i) => {
      const value = values[`v${i}`] as unknown;
      if (value !== undefined) putAt(into, path.split('.'), rawOf(value));
    });
  };
}

function putAt(into: ObjectNode, parts: string[], value: Node): void {
  let at = into;
  for (const part of parts.slice(0, -1)) {
    const next = at.get(part);
    const opened = next && open(next);
    const child = opened instanceof ObjectNode ? opened : new ObjectNode();
    at.set(part, child);
    at = child;
  }
  at.set(parts.at(-1)!, rawNode(value));
}
