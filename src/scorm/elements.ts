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

/** Where an element stands: its whole name, the collection items it passes, and what is left for the element to read. */
export type Place = {
  name: string;
  items: readonly Item[];
  rest?: string;
  /** The names, here, of what it needs and of what it is judged with. */
  needs: readonly string[];
  judgedWith?: string;
};
/** One index on the way: `cmi.interactions`, 3. `counter` is where its count is kept; `filled` counts what the run-time fills. */
export type Item = {
  collection: string;
  counter: string;
  index: number;
  filled?: (run: Run) => number;
};

/** The row of a table: one data model element. */
export type Element = {
  access: 'r' | 'w' | 'rw';
  /** `_version`: an element to read, a keyword to write. */
  isKeyword?: true;
  type?: ValueType;
  default?: string;
  /** What the run-time itself answers, whatever was stored. */
  given?: (run: Run, place: Place, stored: string | undefined) => string | undefined;
  /** Elements of the same item that must be there first: `['id', 'type']`. */
  needs?: string[];
  /** The error that changing the value earns, once there is one. */
  fixed?: number;
  /** Anything else a value must satisfy: the error it earns, or 0. */
  rule?: (run: Run, place: Place, value: string) => number;
  /** Elements of one item that are judged by one another: they may not change places among themselves. */
  judgedWith?: string;
  /** What `*` may stand for. */
  isRest?: (rest: string) => boolean;
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

/** A data model: its elements, and what surrounds them. */
export type Table = {
  /** `cmi.interactions.n.id`: n stands for an index, `*` for the rest of the name. */
  elements: Record<string, Element>;
  /** What `_children` answers, by container. */
  children: Record<string, string>;
  counts?: Record<string, (run: Run) => number>;
};

/** How many items a collection has. */
export function countOf(run: Run, { counter, filled }: Pick<Item, 'counter' | 'filled'>): number {
  return filled ? filled(run) : Number(run.record.cmi[counter] ?? 0);
}

/** The name of a sibling in the outermost item: `cmi.interactions.3.objectives.0.id`, `type` → `cmi.interactions.3.type`. */
export function inItem({ items }: Pick<Place, 'items'>, sibling: string): string {
  const { collection, index } = items[0]!;
  return `${collection}.${index}.${sibling}`;
}

/** Is this value already in another item of the same collection, under the same last part? */
export function isTaken(run: Run, place: Place, value: string): boolean {
  const item = place.items.at(-1)!;
  const leaf = place.name.slice(place.name.lastIndexOf('.') + 1);
  const count = countOf(run, item);
  for (let i = 0; i < count; i++) {
    if (i !== item.index && run.record.cmi[`${item.collection}.${i}.${leaf}`] === value) return true;
  }
  return false;
}
