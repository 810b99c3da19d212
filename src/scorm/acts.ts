import type { Act } from './engine.ts';

/** What may wait to be taken: characters of values and names, and some for each act. Beyond what an attempt can hold. */
const mostWaiting = 8_000_000;
const weigh = (act: Act) => 100 + (act.do === 'set' ? act.element.length + act.value.length : 0);

/** Only the last of several says something: how much time has passed. */
const isLook = (act: Act) => act.do === 'commit' || act.do === 'stay';

/** The acts of a session that nobody has taken yet: as few as lead to the same state. */
export type Acts = {
  /** `judgedWith`: what names those that a value may not change places with. */
  add: (act: Act, judgedWith?: string) => void;
  /** What was added so far is not replaced any more. */
  seal: () => void;
  /** So much waits that no more can be taken in. */
  isFull: () => boolean;
  /** Hands them over, in order, and begins anew. */
  take: () => Act[];
};

export function makeActs(): Acts {
  let acts: Act[] = [];
  let weight = 0;
  /** Where the last value of an element stands, and the last of those that are judged together. */
  const places = new Map<string, number>();

  const append = (act: Act) => {
    weight += weigh(act);
    return acts.push(act) - 1;
  };

  const replace = (at: number, act: Act) => {
    weight += weigh(act) - weigh(acts[at]!);
    acts[at] = act;
  };

  /** A newer value takes the place of the older one: an item is still made before the items that follow it. */
  const set = (act: Extract<Act, { do: 'set' }>, judgedWith: string | undefined) => {
    const before = places.get(act.element);
    if (before !== undefined && (!judgedWith || places.get(judgedWith) === before)) {
      replace(before, act);
      return;
    }
    const at = append(act);
    places.set(act.element, at);
    if (judgedWith) places.set(judgedWith, at);
  };

  return {
    add(act, judgedWith) {
      const last = acts.length - 1;
      if (act.do === 'set') set(act, judgedWith);
      else if (isLook(act) && acts[last]?.do === act.do) replace(last, act);
      else append(act);
      // What comes before and what comes after Initialize or Terminate must not change places.
      if (act.do !== 'set' && !isLook(act)) places.clear();
    },
    seal: () => places.clear(),
    isFull: () => weight > mostWaiting,
    take() {
      const taken = acts;
      acts = [];
      weight = 0;
      places.clear();
      return taken;
    },
  };
}
