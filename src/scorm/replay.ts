import { closeActivity, initialize, largestState, runOf, terminate } from './activity.ts';
import type { CourseDefinition } from './course.ts';
import type { Run } from './elements.ts';
import type { Act, EngineSettings, EngineState, Refusal } from './engine.ts';
import { noteCompletion } from './outcome.ts';
import { setValue } from './rte.ts';
import { copyState } from './state.ts';
import { noteElapsed, spentIn } from './time.ts';
import { upgrade } from './upgrade.ts';
import { openById, take } from './way.ts';

/**
 * Does again what a browser's session did, with the same code, on the state before it: the server's own result.
 * An act that cannot be is refused and changes nothing; the others still count, for the learner did them. `mostSeconds`: what
 * all the time spent in the attempt may come to, whatever the browser's clock says.
 */
export function apply(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  acts: readonly Act[],
  mostSeconds = Infinity,
): { state: EngineState; refused: Refusal[] } {
  const next = upgrade(definition, copyState(state));
  const refused: Refusal[] = [];
  // The run counts what its attempt stores; it is made once per stretch of acts on one activity.
  let run: Run | undefined;
  for (const [index, act] of acts.entries()) {
    if (act.do === 'open' || act.do === 'navigate') run = undefined;
    else if (act.do !== 'exit' && run?.activity.id !== act.activity)
      run = next.current === act.activity ? runOf(definition, next, settings, act.activity) : undefined;
    // Overwritten values were left out on the way, and with them the room they made for others: what was there and what comes
    // may be here together for a while.
    if (run) run.most = largestState * 2;
    const noteTime = ({ record }: Run, ms?: number) => noteElapsed(record, ms, mostSeconds - spentIn(next));
    const error =
      settings.mode === 'review' ? 'review' : perform(definition, next, settings, run, act, noteTime);
    if (error) refused.push({ index, act, error });
    else noteCompletion(definition, next, settings, act);
  }
  return { state: next, refused };
}

function way(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  { go, activity }: Extract<Act, { do: 'navigate' }>,
): string | undefined {
  if (definition.standard === 'scorm12') return 'no-sequencing';
  const request = go === 'choice' || go === 'jump' ? { go, target: activity ?? '' } : { go };
  const { exception } = take(definition, state, settings, request);
  // Other exceptions, and those of a launch, say why the learner came nowhere; what was asked for was done.
  return go !== 'begin' && exception?.startsWith('NB.') ? exception : undefined;
}

function perform(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  run: Run | undefined,
  act: Act,
  noteTime: (run: Run, ms?: number) => void,
): string | undefined {
  if (act.do === 'open') return openById(definition, state, settings, act.activity);
  if (act.do === 'navigate') return way(definition, state, settings, act);
  if (act.do === 'exit') {
    state.left = true;
    return undefined;
  }
  if (!run) return 'not-open';
  switch (act.do) {
    case 'initialize':
      return initialize(run);
    case 'set': {
      if (run.record.running !== 'initialized') return 'not-initialized';
      const { error } = setValue(run, act.element, act.value);
      return error ? String(error) : undefined;
    }
    case 'commit':
      if (run.record.running !== 'initialized') return 'not-initialized';
      noteTime(run, act.ms);
      return undefined;
    case 'stay':
      if (run.record.elapsed === undefined) return 'not-open';
      noteTime(run, act.ms);
      return undefined;
    case 'terminate':
      noteTime(run, act.ms);
      return terminate(run, act.overruled);
    case 'close':
      noteTime(run, act.ms);
      closeActivity(run);
      return undefined;
    default:
      return 'unknown-act';
  }
}
