import type { Collation } from './collation.ts';
import { StoreError } from '../faults/errors.ts';
import { KeyWriter, writeKey } from './keys.ts';
import { bsonType, Elements, type RawValue } from './raw.ts';

/** One field of an index or a sort: its path, and whether its order is turned round. */
export type KeyField = { path: string; descending: boolean; parts: Buffer[]; collation?: Collation };

export function keyField(path: string, direction: unknown, collation?: Collation): KeyField {
  const parts = path.split('.').map((part) => Buffer.from(part));
  return { path, descending: Number(direction) < 0, parts, collation };
}

const missing: RawValue = { type: bsonType.null, buf: Buffer.alloc(0), at: 0 };
const empty: RawValue = { type: bsonType.undefined, buf: Buffer.alloc(0), at: 0 };

/** How far a field has been followed: the value found, or the array in which the rest of its path goes on. */
type Step = { value: RawValue; found: boolean } | { array: RawValue; rest: number };

export type DocumentKeys = {
  keys: Buffer[];
  /** The values that each key is made of, in the same order. */
  values: RawValue[][];
  /** Some field went through an array. */
  multikey: boolean;
  /** No field was there at all (what a sparse index leaves out). */
  absent: boolean;
};

/**
 * The keys of a document for an index on `fields`: one, or one for each element when a path meets an array. Paths that
 * meet the same array take their values from the same element; two different arrays are refused, as MongoDB does (171).
 */
export function keysOf(doc: Buffer, fields: KeyField[]): DocumentKeys {
  const state: State = { fields, keys: [], values: [], multikey: false, absent: true };
  const root: RawValue = { type: bsonType.object, buf: doc, at: 0 };
  expand(
    state,
    fields.map((field) => follow(root, field.parts, 0)),
  );
  if (state.keys.length > 1) dropRepeated(state);
  return state;
}

/** The key by which a document stands in a sort: the first of its keys. */
export function sortKeyOf(doc: Buffer, fields: KeyField[]): Buffer {
  const { keys } = keysOf(doc, fields);
  let first = keys[0]!;
  for (const key of keys) if (Buffer.compare(key, first) < 0) first = key;
  return first;
}

type State = DocumentKeys & { fields: KeyField[] };

function follow(from: RawValue, parts: Buffer[], first: number): Step {
  let value = from;
  for (let i = first; i < parts.length; i++) {
    if (value.type === bsonType.array) return { array: value, rest: i };
    if (value.type !== bsonType.object) return { value: missing, found: false };
    const element = new Elements(value.buf, value.at);
    let next: RawValue | undefined;
    while (element.next()) {
      if (!element.isNamed(parts[i]!)) continue;
      next = element.raw;
      break;
    }
    if (!next) return { value: missing, found: false };
    value = next;
  }
  return value.type === bsonType.array ? { array: value, rest: parts.length } : { value, found: true };
}

function expand(state: State, steps: Step[]): void {
  const atArray = steps.find((step) => 'array' in step);
  if (!atArray) {
    if (steps.some((step) => 'found' in step && step.found)) state.absent = false;
    const values = steps.map((step) => ('value' in step ? step.value : missing));
    state.keys.push(writeCompound(state.fields, values));
    state.values.push(values);
    return;
  }
  state.multikey = true;
  const { array } = atArray;
  for (const step of steps) {
    if ('array' in step && (step.array.buf !== array.buf || step.array.at !== array.at)) {
      throw new StoreError(171, 'cannot index parallel arrays');
    }
  }
  const element = new Elements(array.buf, array.at);
  let any = false;
  for (let position = 0; element.next(); position++) {
    any = true;
    const inside = element.raw;
    expand(
      state,
      steps.map((step, i) => ('array' in step ? enter(inside, state.fields[i]!.parts, step) : step)),
    );
  }
  if (any) return;
  expand(
    state,
    steps.map((step, i) => {
      if (!('array' in step)) return step;
      const whole = step.rest === state.fields[i]!.parts.length;
      return { value: whole ? empty : missing, found: whole };
    }),
  );
}

/** Goes on inside one element of an array. An array as the last step counts as one value, its elements do not. */
function enter(inside: RawValue, parts: Buffer[], step: { array: RawValue; rest: number }): Step {
  if (step.rest === parts.length) return { value: inside, found: true };
  const part = parts[step.rest]!;
  if (isIndex(part)) {
    const at = nth(step.array, Number(part.toString()));
    if (at) return follow(at, parts, step.rest + 1);
  }
  return inside.type === bsonType.object
    ? follow(inside, parts, step.rest)
    : { value: missing, found: false };
}

export function isIndex(part: Buffer): boolean {
  for (const byte of part) if (byte < 0x30 || byte > 0x39) return false;
  return part.length > 0;
}

export function nth(array: RawValue, index: number): RawValue | undefined {
  const element = new Elements(array.buf, array.at);
  for (let i = 0; element.next(); i++) if (i === index) return element.raw;
  return undefined;
}

const writer = new KeyWriter();

function writeCompound(fields: KeyField[], values: RawValue[]): Buffer {
  writer.cut(0);
  for (let i = 0; i < fields.length; i++) {
    const start = writer.length;
    const { type, buf, at } = values[i]!;
    writeKey(writer, type, buf, at, fields[i]!.collation);
    if (fields[i]!.descending) writer.complement(start);
  }
  return writer.take();
}

function dropRepeated(state: State): void {
  const seen = new Set<string>();
  const keep = state.keys.map((key) => {
    const text = key.toString('latin1');
    return !seen.has(text) && Boolean(seen.add(text));
  });
  state.keys = state.keys.filter((_, i) => keep[i]);
  state.values = state.values.filter((_, i) => keep[i]);
}
