import type { Standard } from '../../../src/scorm/course.ts';
import { storyOf, type Call } from './calls.ts';
import { openOurs, openTheirs, type Answer, type Engine } from './engines.ts';

/** A call that the two answered differently. `turn`: when it was made. */
export type Difference = {
  call: Call;
  turn: 'before' | 'during' | 'after';
  ours: Answer;
  theirs: Answer;
};

type Pair = { ours: Engine; theirs: Engine };

/** Plays a story to both engines, and tells every difference. What only one of them took is taken back from both. */
export function compare(
  standard: Standard,
  seed: number,
  length: number,
  tell: (one: Difference) => void,
): number {
  const kept: Call[] = [];
  let pair = open(standard, kept);
  let turn: Difference['turn'] = 'before';
  let asked = 0;
  const ask = (call: Call): [Answer, Answer] => {
    const [ours, theirs] = [pair.ours(call), pair.theirs(call)];
    asked += 1;
    if (ours.value !== theirs.value || ours.error !== theirs.error) tell({ call, turn, ours, theirs });
    return [ours, theirs];
  };
  for (const call of storyOf(standard, seed, length)) {
    const [ours, theirs] = ask(call);
    const isRefused = call.method === 'SetValue' && ours.value === 'false';
    const collection = /^(.*)\.\d+\./.exec(call.a)?.[1];
    // Does a refused value leave an item behind?
    if (isRefused && turn === 'during' && collection) ask({ method: 'GetValue', a: `${collection}._count` });
    if (isRefused || (call.method !== 'GetValue' && ours.value !== theirs.value)) {
      pair = open(standard, kept);
      continue;
    }
    if (call.method !== 'GetValue') kept.push(call);
    if (call.method === 'Initialize' && ours.value === 'true') turn = 'during';
    if (call.method === 'Terminate' && ours.value === 'true') turn = 'after';
  }
  return asked;
}

function open(standard: Standard, calls: Call[]): Pair {
  const pair = { ours: openOurs(standard), theirs: openTheirs(standard) };
  for (const call of calls) {
    pair.ours(call);
    pair.theirs(call);
  }
  return pair;
}
