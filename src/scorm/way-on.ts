import { leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { EngineSettings, EngineState } from './engine.ts';
import { sayGoodbye } from './foresight.ts';
import { endAttempt } from './sequencing/attempts.ts';
import { mayContinue } from './sequencing/possible.ts';
import { overallRollup } from './sequencing/rollup.ts';
import { takeOver } from './sequencing/runtime.ts';
import { seen, track } from './sequencing/world.ts';
import { copyPresent, emptyMap, newRecord } from './state.ts';
import { sequencingOf } from './upgrade.ts';
import { take } from './way.ts';

/** Why Continue would lead nowhere: until a part is finished or passed, until all before it are, or as the course will have it. */
export type Closed = { until: 'finished' | 'passed'; title: string } | { until: 'before' | 'rule' };

/** Parts that are tried, one by one, as the one that is missing. */
const mostTried = 20;

/** The words of a part that is through, and those of one that is passed. */
const finished = { 'cmi.completion_status': 'completed', 'cmi.progress_measure': '1' };
const passed = { ...finished, 'cmi.success_status': 'passed', 'cmi.score.scaled': '1' };

/** Would Continue lead on if the parts had said this? */
type Opens = (words: Record<string, string>, parts: ActivityDefinition[]) => boolean;

/** Is the way on closed by a rule of the course? Undefined: no, or there is none. Nothing is changed: the engine tries it on copies. */
export function whyClosed(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
): Closed | undefined {
  const world = sequencingOf(definition, state);
  if (!world?.current || !mayContinue(world)) return undefined;
  const opens: Opens = (words, parts) => {
    const copy = copyPresent(state);
    for (const part of parts) pretend(definition, copy, part, words);
    sayGoodbye(definition, copy, settings);
    return take(definition, copy, settings, { go: 'continue' }).exception === undefined;
  };
  return opens({}, []) ? undefined : whatIsMissing(opens, partsUpTo(definition, state.current));
}

function partsUpTo({ root }: CourseDefinition, id: string | undefined): ActivityDefinition[] {
  const leaves = leavesOf(root);
  return leaves.slice(0, leaves.findIndex((leaf) => leaf.id === id) + 1);
}

/** The part one is at, if it is that; else one before it; else several. */
function whatIsMissing(opens: Opens, parts: ActivityDefinition[]): Closed {
  const here = parts.at(-1);
  const itself = here && missing(opens, here);
  if (itself) return itself;
  if (!opens(passed, parts)) return { until: 'rule' };
  for (const part of parts.slice(-1 - mostTried, -1)) {
    const why = missing(opens, part);
    if (why) return why;
  }
  return { until: 'before' };
}

function missing(opens: Opens, part: ActivityDefinition): Closed | undefined {
  const { title } = part;
  if (opens(finished, [part])) return { until: 'finished', title };
  return opens(passed, [part]) ? { until: 'passed', title } : undefined;
}

/** As if a part had been attempted, and had said this. */
function pretend(
  definition: CourseDefinition,
  copy: EngineState,
  { id }: ActivityDefinition,
  words: Record<string, string>,
): void {
  const known = Object.hasOwn(copy.activities, id) ? copy.activities[id]! : newRecord();
  const cmi = Object.assign(emptyMap(), known.cmi, words);
  delete cmi['cmi.exit'];
  const record = { ...known, cmi, suspended: false };
  copy.activities[id] = record;
  const world = sequencingOf(definition, copy)!;
  const activity = world.tree.byId.get(id)!;
  track(world, activity).n ??= 1;
  takeOver(world, activity, record);
  if (!seen(world, activity).on) endAttempt(world, activity);
  else overallRollup(world, activity);
}
