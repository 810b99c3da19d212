import type { Standard } from './course.ts';
import {
  countOf,
  fixedCount,
  inItem,
  locate,
  type Element,
  type Node,
  type Place,
  type Run,
} from './elements.ts';
import { codes, errorText } from './errors.ts';
import { rte12 } from './rte12.ts';
import { rte2004 } from './rte2004.ts';

const tables: Record<Standard, Node> = { scorm12: rte12, scorm2004: rte2004 };

/** What a data model call came to. `error` is the standard's code, 0 for none; `diagnostic` says it in a sentence. */
export type Answer = { value: string; error: number; diagnostic: string };

/** Characters one value may have. The largest the specifications ask for is 64,000. */
const largestValue = 1_000_000;
/** Items one collection may have. The specifications ask for 250. */
const mostItems = 5_000;

/** Reads an element (LMSGetValue, GetValue) of an initialized activity. */
export function getValue(run: Run, name: string): Answer {
  const { standard } = run.definition;
  const code = codes[standard];
  if (name === '') return failed(standard, code.empty.get, 'No element was named');
  const found = locate(tables[standard], name);
  switch (found.what) {
    case 'unknown':
      return failed(standard, code.unknown(found.depth), name);
    case 'container':
      return failed(standard, code.container, name);
    case 'bad index':
      return failed(standard, code.index.get, name);
    case 'keyword': {
      const { keyword, node, place } = found;
      if (isMissing(run, place, 0)) return failed(standard, code.index.get, name);
      if (keyword === '_children' && node.children !== undefined) return right(node.children);
      if (keyword === '_count' && node.each)
        return right(String(node.count?.(run) ?? countOf(run, name.slice(0, -'._count'.length))));
      return failed(standard, code.keyword[keyword], name);
    }
    default: {
      const { element, place } = found;
      if (element.access === 'w') return failed(standard, code.writeOnly, name);
      if (isMissing(run, place, 0)) return failed(standard, code.index.get, name);
      if (element.elsewhere?.mayRead(run, place) === false) return failed(standard, code.writeOnly, name);
      const stored = element.elsewhere ? element.elsewhere.get(run, place) : run.record.cmi[name];
      const value = (element.given ? element.given(run, place, stored) : stored) ?? element.default;
      if (value !== undefined) return right(value);
      return code.unset ? failed(standard, code.unset, name) : right('');
    }
  }
}

/** Writes an element (LMSSetValue, SetValue) of an initialized activity. Changes the run's record, or nothing. */
export function setValue(run: Run, name: string, value: string): Answer {
  const { standard } = run.definition;
  const code = codes[standard];
  const refuse = (error: number, why = name) => failed(standard, error, why);
  if (name === '') return refuse(code.empty.set, 'No element was named');
  const found = locate(tables[standard], name);
  switch (found.what) {
    case 'unknown':
      return refuse(code.unknown(found.depth));
    case 'container':
      return refuse(code.container);
    case 'bad index':
      return refuse(found.element?.access === 'r' ? code.readOnly : code.index.set);
    case 'keyword': {
      const known =
        found.keyword === '_children'
          ? found.node.children
          : found.keyword === '_count'
            ? found.node.each
            : undefined;
      return refuse(known !== undefined || standard === 'scorm12' ? code.setKeyword : code.unknown(2));
    }
    default: {
      const { element, place } = found;
      if (element.access === 'r') return refuse(code.readOnly);
      if (isMissing(run, place, 1))
        return refuse(code.index.set, `${name}: the items before it are not there yet`);
      if (element.elsewhere?.mayWrite(run, place) === false) return refuse(code.readOnly);
      const unmet = element.needs?.find((sibling) => run.record.cmi[inItem(place, sibling)] === undefined);
      if (unmet) return refuse(code.dependency, `${name}: ${inItem(place, unmet)} must be set first`);
      if (value.length > largestValue || run.size + value.length > run.most) {
        return refuse(code.tooLarge, `${name}: ${value.length} characters are more than can be stored`);
      }
      const verdict = element.type?.test(value) ?? 'ok';
      if (verdict !== 'ok')
        return refuse(code[verdict], `${name} must be ${element.type!.says}, but is "${value.slice(0, 80)}"`);
      const broken = element.rule?.(run, place, value) ?? 0;
      if (broken) return refuse(broken, `${name}: "${value.slice(0, 80)}" does not fit here`);
      write(run, place, value, element.elsewhere);
      const long = element.spm !== undefined && value.length > element.spm;
      return {
        value: 'true',
        error: 0,
        diagnostic: long
          ? `${name}: ${value.length} characters are kept; the specification asks for ${element.spm}`
          : '',
      };
    }
  }
}

function write(run: Run, place: Place, value: string, elsewhere: Element['elsewhere']): void {
  const { cmi } = run.record;
  if (elsewhere) {
    run.size += value.length - (elsewhere.get(run, place)?.length ?? 0);
    elsewhere.set(run, place, value);
    return;
  }
  for (const { collection, index } of place.items) {
    if (index === countOf(run, collection)) cmi[`${collection}._count`] = String(index + 1);
  }
  const before = cmi[place.name];
  run.size += value.length + (before === undefined ? place.name.length : -before.length);
  cmi[place.name] = value;
}

/** Does the way to an element pass an item that is not there? `room` is 1 where the item after the last may be made. */
function isMissing(run: Run, place: Place, room: 0 | 1): boolean {
  return place.items.some(({ collection, index }) => {
    const fixed = fixedCount(tables[run.definition.standard], run, collection);
    return index >= (fixed ?? countOf(run, collection) + room) || index >= mostItems;
  });
}

function right(value: string): Answer {
  return { value, error: 0, diagnostic: '' };
}

function failed(standard: Standard, error: number, why: string): Answer {
  return { value: '', error, diagnostic: `${errorText(standard, String(error))}: ${why}`.slice(0, 255) };
}
