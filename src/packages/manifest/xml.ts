import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { short, type Findings } from '../errors.ts';
import { resolveEntities } from './entities.ts';
import { repairXml } from './repair.ts';

/** An element by its local name, in lower case: tools disagree about namespaces and about case, never about what they mean. */
export type Element = {
  name: string;
  /** By local name in lower case. Without the declarations of namespaces. */
  attributes: ReadonlyMap<string, string>;
  children: Element[];
  /** All text in it and below, as it stands. */
  text: string;
};

export type Document = {
  root: Element;
  /** All namespace names that are declared anywhere. */ namespaces: string[];
};

type Node = Record<string, unknown>;

/** Parses XML, repairing what tools get wrong. Not well-formed even so: a fault, and undefined. */
export function parseXml(text: string, found: Findings): Document | undefined {
  const xml = repairXml(text, found);
  let nodes: Node[];
  try {
    const valid = XMLValidator.validate(xml);
    if (valid !== true) {
      const { msg, line } = valid.err;
      return void (msg.startsWith('Start tag expected')
        ? found.fault('xml.empty')
        : found.fault('xml.notWellFormed', { reason: sentence(msg), line }));
    }
    nodes = new XMLParser(options).parse(xml) as Node[];
  } catch (error) {
    return void found.fault('xml.unreadable', { reason: sentence((error as Error).message) });
  }
  const seen = { namespaces: new Set<string>(), undeclared: new Set<string>() };
  const [root] = nodes.flatMap((node) => elementOf(node, new Set(['xml', 'xmlns']), seen) ?? []);
  if (!root) return void found.fault('xml.empty');
  for (const prefix of seen.undeclared) found.warn('xml.prefix', { prefix: short(prefix) });
  return { root, namespaces: [...seen.namespaces] };
}

/** Everything stays text, nothing is expanded; deeper than 100 elements is refused. */
const options = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  processEntities: false,
  htmlEntities: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 100,
};

type Seen = { namespaces: Set<string>; undeclared: Set<string> };

function elementOf(node: Node, inScope: Set<string>, seen: Seen): Element | undefined {
  const tag = Object.keys(node).find((key) => key !== ':@');
  if (tag === undefined || tag.startsWith('#')) return undefined;
  const given = Object.entries((node[':@'] ?? {}) as Record<string, string>);
  const declared = given.filter(([name]) => /^xmlns(:|$)/.test(name));
  for (const [, uri] of declared) seen.namespaces.add(uri);
  const scope = declared.length ? new Set([...inScope, ...declared.map(([name]) => name.slice(6))]) : inScope;
  const local = (name: string) => {
    const [prefix, rest] = name.includes(':')
      ? [name.slice(0, name.indexOf(':')), name.slice(name.indexOf(':') + 1)]
      : ['', name];
    if (prefix && !scope.has(prefix)) seen.undeclared.add(prefix);
    return rest.toLowerCase();
  };

  const attributes = new Map<string, string>();
  // `href` counts more than `xlink:href`, `type` more than `xsi:type`.
  const plainLast = given
    .filter(([name]) => !/^xmlns(:|$)/.test(name))
    .sort(([a], [b]) => Number(!a.includes(':')) - Number(!b.includes(':')));
  for (const [name, value] of plainLast)
    attributes.set(local(name), resolveEntities(value).replace(/[\t\r\n]/g, ' '));

  const inside = (node[tag] as Node[]).map((inner) => elementOf(inner, scope, seen) ?? textOf(inner));
  return {
    name: local(tag),
    attributes,
    children: inside.filter((part) => typeof part !== 'string'),
    text: inside.map((part) => (typeof part === 'string' ? part : part.text)).join(''),
  };
}

function textOf(node: Node): string {
  if (typeof node['#text'] === 'string') return resolveEntities(node['#text']);
  if (Array.isArray(node['#cdata']))
    return (node['#cdata'] as Node[]).map((part) => String(part['#text'] ?? '')).join('');
  return '';
}

/** What the parser says, to be put into a sentence of ours. */
function sentence(message: string): string {
  return short(message.replace(/\s+/g, ' ').replace(/\.$/, ''));
}

/** The first child with a local name. */
export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((one) => one.name === name);
}

export function childrenOf(element: Element | undefined, name: string): Element[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** The child at the end of a path of local names. */
export function at(element: Element | undefined, ...path: string[]): Element | undefined {
  return path.reduce(child, element);
}

/** An attribute without blanks around it; empty is absent. */
export function attribute(element: Element | undefined, name: string): string | undefined {
  return element?.attributes.get(name)?.trim() || undefined;
}

/** The text in an element with blanks collapsed, as a title is read; empty is absent. */
export function phrase(element: Element | undefined): string | undefined {
  return element?.text.replace(/[\p{Cc}\s]+/gu, ' ').trim() || undefined;
}
