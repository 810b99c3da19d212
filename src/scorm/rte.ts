import type { Standard } from './course.ts';
import { countOf, type Element, type Item, type Place, type Run } from './elements.ts';
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
  if (name === '') return failed(standard, code.empty.get, 'No element was named');
  const found = models[standard](name);
  switch (found.what) {
    case 'element':
      return getElement(run, found.element, found.place);
    case 'unknown':
      return failed(standard, isThere(run, found) ? code.unknown(found.depth) : code.index.get, name);
    case 'container':
      return failed(standard, isThere(run, found) ? code.container : code.index.get, name);
    case 'bad index':
      return failed(standard, code.index.get, name);
    default: {
      if (!isThere(run, found)) return failed(standard, code.index.get, name);
      const value = keywordOf(run, found);
      if (value !== undefined) return right(value);
      return failed(standard, isOutside(found) ? code.unknown(1) : code.keyword[found.keyword], name);
    }
  }
}

function getElement(run: Run, element: Element, place: Place): Answer {
  const { standard } = run.definition;
  const code = codes[standard];
  if (element.access === 'w') return failed(standard, code.writeOnly, place.name);
  if (!isThere(run, place)) return failed(standard, code.index.get, place.name);
  if (element.elsewhere?.mayRead(run, place) === false) return failed(standard, code.writeOnly, place.name);
  const stored = storedAt(run, element, place);
  const value = (element.given ? element.given(run, place, stored) : stored) ?? element.default;
  if (value !== undefined) return right(value);
  return code.unset ? failed(standard, code.unset, place.name) : right('');
}

function storedAt(run: Run, { elsewhere }: Element, place: Place): string | undefined {
  return elsewhere ? elsewhere.get(run, place) : run.record.cmi[place.name];
}

type KeywordFound = Extract<Found, { what: 'keyword' }>;

/** What `_children` or `_count` answers; undefined: there is no such thing here. */
function keywordOf(run: Run, { keyword, node, name }: KeywordFound): string | undefined {
  if (keyword === '_children') return node.children;
  if (keyword !== '_count' || !node.each) return undefined;
  return node.count ? String(node.count(run)) : (run.record.cmi[name] ?? '0');
}

/** `cmi`, `adl`, `adl.nav`: what only holds data models and parts of them is itself no part of one. */
function isOutside({ node, items }: KeywordFound): boolean {
  return items.length === 0 && !node.element && !node.each && node.children === undefined;
}

/** Writes an element (LMSSetValue, SetValue) of an initialized activity. Changes the run's record, or nothing. */
export function setValue(run: Run, name: string, value: string): Answer & Partial<Taken> {
  const { standard } = run.definition;
  const code = codes[standard];
  if (name === '') return failed(standard, code.empty.set, 'No element was named');
  const found = models[standard](name);
  switch (found.what) {
    case 'element':
      return setElement(run, found.element, found.place, value);
    case 'unknown':
      return failed(standard, mayBeMade(run, found) ? code.unknown(found.depth) : code.index.set, name);
    case 'container':
      return failed(standard, mayBeMade(run, found) ? code.container : code.index.set, name);
    case 'bad index':
      return failed(standard, found.element?.access === 'r' ? code.readOnly : code.index.set, name);
    default: {
      const isKeyword = standard === 'scorm12' || keywordOf(run, found) !== undefined;
      if (!mayBeMade(run, found)) return failed(standard, code.index.set, name);
      return failed(standard, isKeyword ? code.setKeyword : code.unknown(1), name);
    }
  }
}

function setElement(run: Run, element: Element, place: Place, value: string): Answer & Partial<Taken> {
  const obstacle = obstacleToSetting(run, element, place);
  if (obstacle) return obstacle;
  const before = storedAt(run, element, place);
  // What the run-time filled in itself, a course may still say for the first time.
  const changed = before !== value || run.record.given === place.name;
  // What is there already was found right; what others judge is judged again.
  if (changed || place.judgedWith) {
    const wrong = wrongIn(run, element, place, value, before);
    if (wrong) return wrong;
  }
  if (changed) write(run, place, value, element.elsewhere);
  run.size += growthOf(element, place, value, before);
  const { spm = Infinity } = element;
  const diagnostic =
    value.length > spm
      ? `${place.name}: ${value.length} characters are kept; the specification asks for ${spm}`
      : '';
  return { value: 'true', error: 0, diagnostic, changed, judgedWith: place.judgedWith };
}

/** Why an element cannot be set now, whatever to. */
function obstacleToSetting(run: Run, element: Element, place: Place): Answer | undefined {
  const { standard } = run.definition;
  const { name, needs } = place;
  const code = codes[standard];
  if (element.access === 'r')
    return failed(standard, element.isKeyword ? code.setKeyword : code.readOnly, name);
  const gap = missing(run, place.items, 1);
  if (gap === 0) return failed(standard, code.index.set, `${name}: the items before it are not there yet`);
  if (element.elsewhere?.mayWrite(run, place) === false) return failed(standard, code.readOnly, name);
  for (const sibling of needs) {
    if (run.record.cmi[sibling] === undefined)
      return failed(standard, code.dependency, `${name}: ${sibling} must be set first`);
  }
  if (gap > 0) return failed(standard, code.index.set, `${name}: the items before it are not there yet`);
  return undefined;
}

/** What is wrong with a value. */
function wrongIn(
  run: Run,
  element: Element,
  place: Place,
  value: string,
  before: string | undefined,
): Answer | undefined {
  const { standard } = run.definition;
  const { name } = place;
  const code = codes[standard];
  const { type, fixed, rule } = element;
  if (fixed && before !== undefined && before !== value)
    return failed(standard, fixed, `${name} is "${before.slice(0, 80)}" and stays so`);
  const growth = growthOf(element, place, value, before);
  if (value.length > largestValue || (growth > 0 && run.size + growth > run.most))
    return failed(standard, code.tooLarge, `${name}: ${value.length} characters are more than can be stored`);
  const verdict = type ? type.test(value) : 'ok';
  if (verdict !== 'ok')
    return failed(standard, code[verdict], `${name} must be ${type!.says}, but is "${value.slice(0, 80)}"`);
  const broken = rule ? rule(run, place, value) : 0;
  return broken ? failed(standard, broken, `${name}: "${value.slice(0, 80)}" does not fit here`) : undefined;
}

/** Characters that a value adds to what the attempt holds. */
function growthOf(
  { elsewhere }: Element,
  { name }: Place,
  value: string,
  before: string | undefined,
): number {
  if (before !== undefined) return value.length - before.length;
  return value.length + (elsewhere ? 0 : name.length);
}

function write(run: Run, place: Place, value: string, elsewhere: Element['elsewhere']): void {
  if (elsewhere) return elsewhere.set(run, place, value);
  const { cmi } = run.record;
  for (const item of place.items) {
    if (item.index === countOf(run, item)) cmi[item.counter] = String(item.index + 1);
  }
  cmi[place.name] = value;
  if (run.record.given === place.name) delete run.record.given;
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

const isThere = (run: Run, { items }: Pick<Place, 'items'>) => missing(run, items, 0) === -1;
const mayBeMade = (run: Run, { items }: Pick<Place, 'items'>) => missing(run, items, 1) === -1;

function right(value: string): Answer {
  return { value, error: 0, diagnostic: '' };
}

function failed(standard: Standard, error: number, why: string): Answer {
  return { value: '', error, diagnostic: `${errorText(standard, String(error))}: ${why}`.slice(0, 255) };
}
