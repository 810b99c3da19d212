import { closeActivity, runOf, terminate } from './activity.ts';
import { entriesOf, type ObstacleTo } from './contents.ts';
import type { CourseDefinition } from './course.ts';
import type { Run } from './elements.ts';
import type { EngineSettings, EngineState, Entry } from './engine.ts';
import { outcomeNow } from './outcome.ts';
import { isWithin } from './sequencing/choice.ts';
import { navigate, type Navigated } from './sequencing/navigate.ts';
import { obstacleToChoose } from './sequencing/possible.ts';
import { seen, type World } from './sequencing/world.ts';
import { copyPresent } from './state.ts';
import type { Session } from './session.ts';
import { sequencingOf } from './upgrade.ts';
import { leave } from './way.ts';

// What would be so if the learner left the part that is shown now. SCORM 2004 looks at its rules when a part has been left: a
// test may open by that alone. So the engine does it, on a copy.

/** The table of contents as it would be then: what is open may be chosen, by {@link choose}, and is shown. */
export function entriesAhead(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
): Entry[] {
  const world = sequencingOf(definition, state);
  const isShown = world?.current !== undefined && seen(world, world.current).on === 1;
  return entriesOf(definition, state, isShown ? obstaclesAhead(definition, state, settings) : undefined);
}

function obstaclesAhead(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
): ObstacleTo {
  const copy = copyPresent(state);
  const { deliver, ended } = leavePart(definition, copy, settings);
  const after = sequencingOf(definition, copy)!;
  const leadsTo = after.tree.byId.get(deliver ?? '');
  return (world, target) => {
    // What may not be left for it, or not be chosen at all, is not opened by leaving.
    const obstacle = obstacleToChoose(world, target);
    if (obstacle?.startsWith('NB.')) return obstacle;
    // Leaving may lead somewhere by itself: to the same part again, or out of the course (SN 3.4.6).
    if (leadsTo) return isWithin(leadsTo, target) ? undefined : 'TB.2.2';
    return ended ? 'TB.2.2' : obstacleToChoose(after, target);
  };
}

function leavePart(definition: CourseDefinition, copy: EngineState, settings: EngineSettings): Navigated {
  sayGoodbye(definition, copy, settings);
  const world: World = sequencingOf(definition, copy)!;
  leave(world, definition, copy, settings, 'exit');
  return navigate(world, { go: 'exit' });
}

/**
 * The part's last words, as far as they can be foreseen. One that is through, or never says anything, ends when its page goes; any
 * other stays as it has said that it stands, to be taken up again.
 */
export function sayGoodbye(definition: CourseDefinition, copy: EngineState, settings: EngineSettings): void {
  const run = copy.current === undefined ? undefined : runOf(definition, copy, settings, copy.current, false);
  if (run?.record.running !== 'initialized') return;
  // What it asks for counts no more: the learner has asked for something else.
  if (endsItself(run)) terminate(run, true);
  else closeActivity(run);
}

export function endsItself({ definition, activity, record }: Run): boolean {
  const isThrough = outcomeNow(definition, activity, record).completion === 'completed';
  return isThrough || !Object.keys(record.cmi).some((name) => says.test(name));
}

/** How it stands, or a place to come back to. */
const says = /^cmi\.(?:completion_status|success_status|progress_measure|score\.|location|suspend_data|exit)/;

/**
 * Goes to what a learner has chosen. What is opened by leaving the present part is no valid choice yet (SN 5.6): the part is left
 * first, and the choice made then.
 */
export function choose(session: Session, target: string): Navigated {
  const chosen = session.navigate({ go: 'choice', target });
  if (!chosen.exception || chosen.exception.startsWith('NB.')) return chosen;
  const left = session.navigate({ go: 'exit' });
  return left.deliver !== undefined || left.ended ? left : session.navigate({ go: 'choice', target });
}
