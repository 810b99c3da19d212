import { closeActivity, initialize, largestState, noteElapsed, runOf, terminate } from './activity.ts';
import type { CourseDefinition } from './course.ts';
import type { Run } from './elements.ts';
import type { Act, EngineSettings, EngineState, Refusal } from './engine.ts';
import { setValue } from './rte.ts';
import { copyState } from './state.ts';
import { upgrade } from './upgrade.ts';
import { openById, take } from './way.ts';

/**
 * Does again what a browser's session did, with the same code, on the state before it: the server's own result.
 * An act that cannot be is refused and changes nothing; the others still count, for the learner did them.
 */
export function apply(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  acts: readonly Act[],
): { state: EngineState; refused: Refusal[] } {
  const next = upgrade(definition, copyState(state));
  const refused: Refusal[] = [];
  // The run counts what its attempt stores; it is made once per stretch of acts on one activity.
  let run: Run | undefined;
  for (const [index, act] of acts.entries()) {
    if (act.do === 'open' || act.do === 'navigate') run = undefined;
    else if (run?.activity.id !== act.activity)
      run = next.current === act.activity ? runOf(definition, next, settings, act.activity) : undefined;
    // Overwritten values were left out on the way, and with them the room they made for others: here is some more.
    if (run) run.most = largestState * 1.5;
    const error = settings.mode === 'review' ? 'review' : perform(definition, next, settings, run, act);
    if (error) refused.push({ index, act, error });
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
  // Other exceptions say why the learner came nowhere; what was asked for was done.
  return exception?.startsWith('NB.') ? exception : undefined;
}

function perform(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  run: Run | undefined,
  act: Act,
): string | undefined {
  if (act.do === 'open') return openById(definition, state, settings, act.activity);
  if (act.do === 'navigate') return way(definition, state, settings, act);
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
      noteElapsed(run.record, act.ms);
      return undefined;
    case 'terminate':
      noteElapsed(run.record, act.ms);
      return terminate(run, act.overruled);
    case 'close':
      noteElapsed(run.record, act.ms);
      closeActivity(run);
      return undefined;
    default:
      return 'unknown-act';
  }
}
