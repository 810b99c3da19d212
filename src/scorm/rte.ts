import type { Standard } from './course.ts';
import { countOf, inItem, type Element, type Item, type Place, type Run } from './elements.ts';
import { codes, errorText } from './errors.ts';
import type { Found, Locate } from './names.ts';
import { rte12 } from './rte12.ts';
import { rte2004 } from './rte2004.ts';

const models: Record<Standard, Locate> = { scorm12: rte12, scorm2004: rte2004 };

/** What a data model call came to. `error` is the standard's code, 0 for none; `diagnostic` says it in a sentence. */
export type Answer = { value: string; error: number; diagnostic: string };

/** What a value that was taken changed; `judgedWith`: the elements that may not change places with it. */
export type Taken = { changed: boolean; judgedWith?: string };

/** Characters one value may have. The largest the specifications ask for is 64,000. */
const largestValue = 1_000_000;
/** Items one collection may have. The specifications ask for 250. */
const mostItems = 5_000;

/** Reads an element (LMSGetValue, GetValue) of an initialized activity. */
export function getValue(run: Run, name: string): Answer {
  const { standard } = run.definition;
  const code = codes[standard];
  const refuse = (error: number, why = name) => failed(standard, error, why);
  if (name === '') return refuse(code.empty.get, 'No element was named');
  const found = models[standard](name);
  switch (found.what) {
    case 'unknown':
      return refuse(missing(run, found.items, 0) === -1 ? code.unknown(found.depth) : code.index.get);
    case 'container':
      return refuse(missing(run, found.items, 0) === -1 ? code.container : code.index.get);
    case 'bad index':
      return refuse(code.index.get);
    case 'keyword': {
      if (missing(run, found.place.items, 0) !== -1) return refuse(code.index.get);
      const value = keywordOf(run, found);
      if (value !== undefined) return right(value);
      return refuse(isOutside(found) ? code.unknown(1) : code.keyword[found.keyword]);
    }
    default: {
      const { element, place } = found;
      if (element.access === 'w') return refuse(code.writeOnly);
      if (missing(run, place.items, 0) !== -1) return refuse(code.index.get);
      if (element.elsewhere?.mayRead(run, place) === false) return refuse(code.writeOnly);
      const stored = element.elsewhere ? element.elsewhere.get(run, place) : run.record.cmi[name];
      const value = (element.given ? element.given(run, place, stored) : stored) ?? element.default;
      if (value !== undefined) return right(value);
      return code.unset ? refuse(code.unset) : right('');
    }
  }
}

type KeywordFound = Extract<Found, { what: 'keyword' }>;

/** What `_children` or `_count` answers; undefined: there is no such thing here. */
function keywordOf(run: Run, { keyword, node, place }: KeywordFound): string | undefined {
  if (keyword === '_children') return node.children;
  if (keyword !== '_count' || !node.each) return undefined;
  return node.count ? String(node.count(run)) : (run.record.cmi[place.name] ?? '0');
}

/** `cmi`, `adl`, `adl.nav`: what only holds data models and parts of them is itself no part of one. */
function isOutside({ node, place }: KeywordFound): boolean {
  return place.items.length === 0 && !node.element && !node.each && node.children === undefined;
}

/** Writes an element (LMSSetValue, SetValue) of an initialized activity. Changes the run's record, or nothing. */
export function setValue(run: Run, name: string, value: string): Answer & Partial<Taken> {
  const { standard } = run.definition;
  const code = codes[standard];
  const refuse = (error: number, why = name) => failed(standard, error, why);
  if (name === '') return refuse(code.empty.set, 'No element was named');
  const found = models[standard](name);
  switch (found.what) {
    case 'unknown':
      return refuse(missing(run, found.items, 1) === -1 ? code.unknown(found.depth) : code.index.set);
    case 'container':
      return refuse(missing(run, found.items, 1) === -1 ? code.container : code.index.set);
    case 'bad index':
      return refuse(found.element?.access === 'r' ? code.readOnly : code.index.set);
    case 'keyword':
      if (missing(run, found.place.items, 1) !== -1) return refuse(code.index.set);
      return refuse(
        standard === 'scorm12' || keywordOf(run, found) !== undefined ? code.setKeyword : code.unknown(1),
      );
    default:
      return setElement(run, found.element, found.place, value);
  }
}

function setElement(run: Run, element: Element, place: Place, value: string): Answer & Partial<Taken> {
  const { standard } = run.definition;
  const { name } = place;
  const code = codes[standard];
  const refuse = (error: number, why = name) => failed(standard, error, why);
  if (element.access === 'r') return refuse(element.isKeyword ? code.setKeyword : code.readOnly);
  const gap = missing(run, place.items, 1);
  if (gap === 0) return refuse(code.index.set, `${name}: the items before it are not there yet`);
  if (element.elsewhere?.mayWrite(run, place) === false) return refuse(code.readOnly);
  const unmet = element.needs?.find((sibling) => run.record.cmi[inItem(place, sibling)] === undefined);
  if (unmet) return refuse(code.dependency, `${name}: ${inItem(place, unmet)} must be set first`);
  if (gap > 0) return refuse(code.index.set, `${name}: the items before it are not there yet`);
  const before = element.elsewhere ? element.elsewhere.get(run, place) : run.record.cmi[name];
  // What the run-time filled in itself, a course may still say for the first time.
  const changed = before !== value || run.record.given === name;
  const judgedWith = element.judgedWith && inItem(place, element.judgedWith);
  // What is there already was found right; what others judge is judged again.
  if (!changed && !judgedWith) return taken(element, place, value, { changed });
  if (element.fixed && before !== undefined && before !== value)
    return refuse(element.fixed, `${name} is "${before.slice(0, 80)}" and stays so`);
  const growth = value.length - (before?.length ?? (element.elsewhere ? 0 : -name.length));
  if (value.length > largestValue || (growth > 0 && run.size + growth > run.most))
    return refuse(code.tooLarge, `${name}: ${value.length} characters are more than can be stored`);
  const verdict = element.type?.test(value) ?? 'ok';
  if (verdict !== 'ok')
    return refuse(code[verdict], `${name} must be ${element.type!.says}, but is "${value.slice(0, 80)}"`);
  const broken = element.rule?.(run, place, value) ?? 0;
  if (broken) return refuse(broken, `${name}: "${value.slice(0, 80)}" does not fit here`);
  if (changed) write(run, place, value, element.elsewhere);
  run.size += growth;
  return taken(element, place, value, { changed, judgedWith });
}

function write(run: Run, place: Place, value: string, elsewhere: Element['elsewhere']): void {
  if (elsewhere) return elsewhere.set(run, place, value);
  const { cmi } = run.record;
  for (const item of place.items) {
    if (item.index === countOf(run, item)) cmi[item.counter] = String(item.index + 1);
  }
  cmi[place.name] = value;
}

/**
 * Which of the items on the way to an element is not there: its place among them, -1 if all are. `room` is 1 where the item
 * after the last may be made.
 */
function missing(run: Run, items: readonly Item[], room: 0 | 1): number {
  return items.findIndex(
    (item) => item.index >= countOf(run, item) + (item.filled ? 0 : room) || item.index >= mostItems,
  );
}

function taken({ spm }: Element, { name }: Place, value: string, more: Taken): Answer & Taken {
  const diagnostic =
    spm !== undefined && value.length > spm
      ? `${name}: ${value.length} characters are kept; the specification asks for ${spm}`
      : '';
  return { value: 'true', error: 0, diagnostic, ...more };
}

function right(value: string): Answer {
  return { value, error: 0, diagnostic: '' };
}

function failed(standard: Standard, error: number, why: string): Answer {
  return { value: '', error, diagnostic: `${errorText(standard, String(error))}: ${why}`.slice(0, 255) };
}
