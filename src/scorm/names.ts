import { inItem, type Element, type Item, type Place, type Run, type Table } from './elements.ts';

// What the names of a data model mean: `cmi.interactions.3.objectives._count`, `cmi.location`, `cmi.bogus`.

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

export type Keyword = '_children' | '_count' | '_version';

/** What a name means in a table. `items`: those it passes, also where it then leads nowhere. */
export type Found =
  | { what: 'element'; element: Element; place: Place }
  | { what: 'keyword'; keyword: Keyword; node: Node; name: string; items: readonly Item[] }
  /** The name of a container: there, but not an element. */
  | { what: 'container'; items: readonly Item[] }
  /** An index that is not a plain number. */
  | { what: 'bad index'; element?: Element }
  /** `depth` of its parts are known. */
  | { what: 'unknown'; depth: number; items: readonly Item[] };

/** Finds what a name means. */
export type Locate = (name: string) => Found;

/** Names of more characters than any element's mean nothing. */
const longestName = 4_096;
/** Courses ask for the same few names again and again: these are looked up once. */
const remembered = { names: 2_000, length: 100 };

/** Makes the tree of a table, once, and what finds names in it. */
export function plant(table: Table): Locate {
  const root: Node = { parts: new Map() };
  for (const [name, element] of Object.entries(table.elements)) nodeAt(root, name).element = element;
  for (const [name, children] of Object.entries(table.children)) nodeAt(root, name).children = children;
  for (const [name, count] of Object.entries(table.counts ?? {})) nodeAt(root, name).count = count;
  const known = new Map<string, Found>();
  return (name) => {
    const before = known.get(name);
    if (before) return before;
    const found = locate(root, name);
    if (name.length > remembered.length) return found;
    if (known.size >= remembered.names) known.clear();
    known.set(name, found);
    return found;
  };
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

const keywords = new Set<string>(['_children', '_count', '_version']);

function locate(root: Node, name: string): Found {
  if (name.length > longestName) return { what: 'unknown', depth: 0, items: [] };
  const parts = name.split('.');
  const items: Item[] = [];
  let node = root;
  let badIndex = false;
  for (let depth = 0; depth < parts.length; depth++) {
    const part = parts[depth]!;
    const last = depth === parts.length - 1;
    const next = node.parts.get(part);
    if (node.takesRest && node.element) {
      const rest = parts.slice(depth).join('.');
      if (node.element.isRest?.(rest) === false) return { what: 'unknown', depth, items };
      return elementAt(node.element, { name, items, rest });
    }
    if (next) {
      node = next;
    } else if (last && depth > 0 && keywords.has(part)) {
      return { what: 'keyword', keyword: part as Keyword, node, name, items };
    } else if (node.each && digits.test(part)) {
      if (part.length > 1 && part[0] === '0') badIndex = true;
      const collection = parts.slice(0, depth).join('.');
      items.push({ collection, counter: `${collection}._count`, index: Number(part), filled: node.count });
      node = node.each;
    } else {
      return { what: 'unknown', depth, items };
    }
  }
  if (badIndex) return { what: 'bad index', element: node.element };
  if (!node.element || node.takesRest) return { what: 'container', items };
  return elementAt(node.element, { name, items });
}

function elementAt(element: Element, at: Pick<Place, 'name' | 'items' | 'rest'>): Found {
  const needs = (element.needs ?? []).map((sibling) => inItem(at, sibling));
  const judgedWith = element.judgedWith && inItem(at, element.judgedWith);
  return { what: 'element', element, place: { ...at, needs, judgedWith } };
}

const digits = /^[0-9]+$/;
