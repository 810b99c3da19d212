import type { ActivityDefinition, CourseDefinition } from './course.ts';
import type { ActivityState, EngineSettings, EngineState } from './engine.ts';
import type { ValueType } from './values.ts';

/** The world of one activity while its page is open: what an element is read from and written to. */
export type Run = {
  definition: CourseDefinition;
  activity: ActivityDefinition;
  state: EngineState;
  record: ActivityState;
  settings: EngineSettings;
  /** Characters of all values of the attempt, and how many there may be. */
  size: number;
  most: number;
};

/** Where an element stands: its whole name, the collection items it passes, and their indices. */
export type Place = { name: string; items: Item[]; rest?: string };
/** One index on the way: `cmi.interactions`, 3. */
export type Item = { collection: string; index: number };

/** The row of a table: one data model element. */
export type Element = {
  access: 'r' | 'w' | 'rw';
  type?: ValueType;
  default?: string;
  /** What the run-time itself answers, whatever was stored. */
  given?: (run: Run, place: Place, stored: string | undefined) => string | undefined;
  /** Elements of the same item that must be there first: `['id', 'type']`. */
  needs?: string[];
  /** Anything else a value must satisfy: the error it earns, or 0. */
  rule?: (run: Run, place: Place, value: string) => number;
  /** Smallest permitted maximum of characters. Longer values are kept, and said in the diagnostic. */
  spm?: number;
  /** Elements that live elsewhere than in the activity's own values (adl.data). */
  elsewhere?: {
    mayRead: (run: Run, place: Place) => boolean;
    mayWrite: (run: Run, place: Place) => boolean;
    get: (run: Run, place: Place) => string | undefined;
    set: (run: Run, place: Place, value: string) => void;
  };
};

/** A table as a tree. `each` is one item of a collection; `children` lists what `_children` answers. */
export type Node = {
  parts: Map<string, Node>;
  each?: Node;
  element?: Element;
  children?: string;
  /** How many items a collection has that the run-time fills itself. */
  count?: (run: Run) => number;
  /** The rest of the name belongs to this element (`adl.nav.request_valid.choice.{target=a.b}`). */
  takesRest?: boolean;
};

export type Table = {
  /** `cmi.interactions.n.id`: n stands for an index, `*` for the rest of the name. */
  elements: Record<string, Element>;
  /** What `_children` answers, by container. */
  children: Record<string, string>;
  counts?: Record<string, (run: Run) => number>;
};

/** Makes the tree of a table, once. */
export function plant(table: Table): Node {
  const root: Node = { parts: new Map() };
  for (const [name, element] of Object.entries(table.elements)) nodeAt(root, name).element = element;
  for (const [name, children] of Object.entries(table.children)) nodeAt(root, name).children = children;
  for (const [name, count] of Object.entries(table.counts ?? {})) nodeAt(root, name).count = count;
  return root;
}

function nodeAt(root: Node, name: string): Node {
  let node = root;
  for (const part of name.split('.')) {
    if (part === '*') {
      node.takesRest = true;
    } else if (part === 'n') {
      node = node.each ??= { parts: new Map() };
    } else {
      const next = node.parts.get(part) ?? { parts: new Map() };
      node.parts.set(part, next);
      node = next;
    }
  }
  return node;
}

export type Keyword = '_children' | '_count' | '_version';

/** What a name means in a table. */
export type Found =
  | { what: 'element'; element: Element; place: Place }
  | { what: 'keyword'; keyword: Keyword; node: Node; place: Place }
  /** The name of a container: there, but not an element. */
  | { what: 'container' }
  /** An index that is not a plain number. */
  | { what: 'bad index'; element?: Element }
  | { what: 'unknown'; depth: number };

const keywords = new Set<string>(['_children', '_count', '_version']);

/** Finds what a name means. `depth` says how many parts of it were known. */
export function locate(root: Node, name: string): Found {
  const parts = name.split('.');
  const items: Item[] = [];
  let node = root;
  let badIndex = false;
  for (let depth = 0; depth < parts.length; depth++) {
    const part = parts[depth]!;
    const last = depth === parts.length - 1;
    if (node.takesRest && node.element) {
      return {
        what: 'element',
        element: node.element,
        place: { name, items, rest: parts.slice(depth).join('.') },
      };
    }
    const next = node.parts.get(part);
    if (next) {
      node = next;
    } else if (last && depth > 0 && keywords.has(part)) {
      return { what: 'keyword', keyword: part as Keyword, node, place: { name, items } };
    } else if (node.each && isDigits(part)) {
      if (part.length > 9 || (part.length > 1 && part[0] === '0')) badIndex = true;
      items.push({ collection: parts.slice(0, depth).join('.'), index: Number(part) });
      node = node.each;
    } else {
      return { what: 'unknown', depth };
    }
  }
  if (badIndex) return { what: 'bad index', element: node.element };
  if (!node.element || node.takesRest) return { what: 'container' };
  return { what: 'element', element: node.element, place: { name, items } };
}

function isDigits(part: string): boolean {
  if (part === '') return false;
  for (let i = 0; i < part.length; i++) {
    const c = part.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return true;
}

/** How many items of a collection the course has made. */
export function countOf(run: Run, collection: string): number {
  return Number(run.record.cmi[`${collection}._count`] ?? 0);
}

/** How many items a collection has that the run-time fills; undefined: it is the course's to fill. */
export function fixedCount(root: Node, run: Run, collection: string): number | undefined {
  let node: Node | undefined = root;
  for (const part of collection.split('.')) node = node?.parts.get(part);
  return node?.count?.(run);
}

/** The name of a sibling in the outermost item: `cmi.interactions.3.objectives.0.id`, `type` → `cmi.interactions.3.type`. */
export function inItem(place: Place, sibling: string): string {
  const { collection, index } = place.items[0]!;
  return `${collection}.${index}.${sibling}`;
}

/** Is this value already in another item of the same collection, under the same last part? */
export function isTaken(run: Run, place: Place, value: string): boolean {
  const { collection, index } = place.items.at(-1)!;
  const leaf = place.name.slice(place.name.lastIndexOf('.') + 1);
  const count = countOf(run, collection);
  for (let i = 0; i < count; i++) {
    if (i !== index && run.record.cmi[`${collection}.${i}.${leaf}`] === value) return true;
  }
  return false;
}
