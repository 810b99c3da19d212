import type { Findings } from '../errors.ts';
import { htmlCharacter, isXmlEntity } from './entities.ts';

/**
 * XML as authoring tools write it, made well-formed: what precedes the first tag is cut off, a bare `&` becomes `&amp;`, and HTML's
 * entities become their characters. The document type goes, and all entities with it: nothing in it is ever expanded or loaded
 * (XXE, billion laughs). Each repair is a warning; text that needs none comes back as it is.
 */
export function repairXml(text: string, found: Findings): string {
  const start = text.indexOf('<');
  const begun = start > 0 ? text.slice(start) : text;
  if (start > 0) found.warn('xml.leading');
  return outsideOf(verbatim, dropDoctype(begun, found), (part) => repairReferences(part, found));
}

function repairReferences(text: string, found: Findings): string {
  return text.replace(
    /&(#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)?/g,
    (whole, reference?: string) => {
      if (reference === undefined) {
        found.warn('xml.ampersand');
        return '&amp;';
      }
      if (reference.startsWith('#')) return whole;
      const name = reference.slice(0, -1);
      if (isXmlEntity(name)) return whole;
      const character = htmlCharacter(name);
      if (character === undefined) {
        found.warn('xml.entity', { entity: whole });
        return `&amp;${reference}`;
      }
      found.warn('xml.htmlEntity');
      return character;
    },
  );
}

/** Cuts `<!DOCTYPE …>` out of the prolog, with its internal subset (XML 1.0, 2.8). */
function dropDoctype(text: string, found: Findings): string {
  let at = 0;
  for (;;) {
    at = text.indexOf('<', at);
    const prolog = verbatim.find(([open]) => open !== '<![CDATA[' && text.startsWith(open, at));
    if (at < 0 || !prolog) break;
    const end = text.indexOf(prolog[1], at);
    if (end < 0) return text;
    at = end + prolog[1].length;
  }
  if (at < 0 || !/^<!doctype\b/i.test(text.slice(at, at + 10))) return text;
  const end = endOfDoctype(text, at);
  if (end < 0) return text;
  if (/<!ENTITY/i.test(text.slice(at, end))) found.warn('xml.doctype');
  // Its line breaks stay, so that messages name the author's lines.
  return text.slice(0, at) + text.slice(at, end).replace(/[^\n]+/g, '') + text.slice(end);
}

function endOfDoctype(text: string, from: number): number {
  let depth = 0;
  for (let i = from + 2; i < text.length; i++) {
    const c = text[i];
    if (c === '"' || c === "'") {
      i = text.indexOf(c, i + 1);
      if (i < 0) return -1;
    } else if (text.startsWith('<!--', i)) {
      i = text.indexOf('-->', i);
      if (i < 0) return -1;
      i += 2;
    } else if (c === '[') depth += 1;
    else if (c === ']') depth -= 1;
    else if (c === '>' && depth <= 0) return i + 1;
  }
  return -1;
}

/** What XML reads as it stands. */
const verbatim: [string, string][] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];

/** Applies `change` to what is outside of all `pairs`. By indexOf: a regular expression would be quadratic on unclosed ones. */
function outsideOf(pairs: [string, string][], text: string, change: (part: string) => string): string {
  let out = '';
  let done = 0;
  let at = text.indexOf('<');
  while (at >= 0) {
    const pair = pairs.find(([open]) => text.startsWith(open, at));
    if (pair) {
      const end = text.indexOf(pair[1], at + pair[0].length);
      if (end < 0) break;
      out += change(text.slice(done, at)) + text.slice(at, end + pair[1].length);
      done = end + pair[1].length;
      at = text.indexOf('<', done);
    } else {
      at = text.indexOf('<', at + 1);
    }
  }
  return out + change(text.slice(done));
}
