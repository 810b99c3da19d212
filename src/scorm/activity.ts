import { findActivity, isLaunchable, leavesOf, type CourseDefinition } from './course.ts';
import { parseInterval, parseTimespan } from './duration.ts';
import type { Run } from './elements.ts';
import type { ActivityState, EngineSettings, EngineState } from './engine.ts';
import { betterOf, hasOutcome, outcomeNow } from './outcome.ts';
import { isUnlocked } from './prerequisites.ts';
import { emptyMap, newRecord, sizeOf } from './state.ts';
import { fillObjectives, takeOver } from './sequencing/runtime.ts';
import { completionOf } from './status2004.ts';
import { beginVisit, endVisit, hundredths } from './time.ts';
import { sequencingOf } from './upgrade.ts';
import { toNumber } from './values.ts';

// The life of an activity: opened → initialized → terminated, or closed at any moment. Every function changes the
// state it is given; the browser's session and the server's replay both go through here.

/** Characters all values of an attempt may have together: its state must fit into one record of the store. */
export const largestState = 2_500_000;

/** Why something cannot be done: one of these words. */
export type Obstacle =
  'unknown-activity' | 'not-launchable' | 'locked' | 'not-open' | 'not-initialized' | 'already-initialized';

/** What keeps an activity from being opened now, if anything does. */
export function obstacleTo(
  definition: CourseDefinition,
  state: EngineState,
  id: string,
): Obstacle | undefined {
  const activity = findActivity(definition.root, id);
  if (!activity) return 'unknown-activity';
  if (!isLaunchable(activity)) return 'not-launchable';
  return isUnlocked(definition, state, activity) ? undefined : 'locked';
}

/** Opens an activity of SCORM 1.2 (see way.ts for 2004): its page is about to be shown. Whatever was still open is closed first, as if its tab had died. */
export function openActivity(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  id: string,
): Obstacle | undefined {
  const obstacle = obstacleTo(definition, state, id);
  if (obstacle) return obstacle;
  const before = state.current === undefined ? undefined : runOf(definition, state, settings, state.current);
  if (before) closeActivity(before);
  const record = (state.activities[id] ??= newRecord());
  state.current = id;
  record.launches += 1;
  beginVisit(record);
  if (findActivity(definition.root, id)!.kind === 'asset') record.assumed = 'completed';
  else record.running = 'opened';
  return undefined;
}

/** Is a session open: a page that is shown and has not said its last word? */
export function isRunning(state: EngineState): boolean {
  const { current, activities } = state;
  const running =
    current !== undefined && Object.hasOwn(activities, current) ? activities[current]!.running : undefined;
  return running === 'opened' || running === 'initialized';
}

/** The run of an activity that was opened, if it was. `isWeighed`: what the attempt stores is counted; Initialize counts anyway. */
export function runOf(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  id: string,
  isWeighed = true,
): Run | undefined {
  const activity = findActivity(definition.root, id);
  const record = Object.hasOwn(state.activities, id) ? state.activities[id] : undefined;
  if (!activity || !record) return undefined;
  const size = isWeighed ? sizeOf(state) : 0;
  return { definition, activity, state, record, settings, size, most: largestState };
}

/** Initialize. A SCORM 2004 activity that was not suspended begins a new attempt (RTE 4.2.6); SCORM 1.2 keeps its data. */
export function initialize(run: Run): Obstacle | undefined {
  const { record } = run;
  if (record.running === 'initialized') return 'already-initialized';
  if (record.running !== 'opened') return 'not-open';
  const first = record.sessions === 0;
  record.entry = record.suspended
    ? 'resume'
    : first || run.definition.standard === 'scorm2004'
      ? 'ab-initio'
      : '';
  if (!first) keepBest(run);
  if (run.definition.standard === 'scorm2004') {
    if (!record.suspended) beginAttempt(run);
    const world = sequencingOf(run.definition, run.state)!;
    fillObjectives(world, world.tree.byId.get(run.activity.id)!, record);
  }
  record.sessions += 1;
  record.suspended = false;
  record.running = 'initialized';
  beginVisit(record);
  run.size = sizeOf(run.state);
  return undefined;
}

/** What was reached stays: courses that begin each session with "incomplete" mean no harm. */
function keepBest({ definition, activity, record }: Run): void {
  const reached = outcomeNow(definition, activity, record);
  if (hasOutcome(reached)) record.best = betterOf(record.best, reached);
}

/** What a finished attempt needs no more once its outcome is known: a new one begins without it (RTE 4.2.7). */
const finished =
  /^(?:cmi\.(?:completion_status|success_status|score\.|progress_measure|objectives\.|location|suspend_data)|adl\.)/;

/** A SCORM 2004 attempt that is over and will not be resumed leaves its outcome, and what it said of interactions. */
export function putAway(run: Run): void {
  const { record } = run;
  keepBest(run);
  for (const name of Object.keys(record.cmi)) if (finished.test(name)) delete record.cmi[name];
  delete record.entry;
  delete record.given;
}

function beginAttempt(run: Run): void {
  const { record } = run;
  record.cmi = emptyMap();
  record.totalTime = 0;
  delete record.assumed;
}

/**
 * Terminate: the session's time is added, and what the course left open is concluded. `overruled`: what it asks for by
 * adl.nav.request does not count.
 */
export function terminate(run: Run, overruled = false): Obstacle | undefined {
  if (run.record.running !== 'initialized') return 'not-initialized';
  if (overruled) delete run.record.cmi['adl.nav.request'];
  if (run.definition.standard === 'scorm12') terminate12(run);
  else if (run.record.cmi['adl.nav.request']?.startsWith('abandon')) abandon(run);
  else terminate2004(run);
  run.record.running = 'terminated';
  // A course of one part that ends it for good has ended (completion.ts).
  if (!run.record.suspended && leavesOf(run.definition.root).length === 1) run.state.left = true;
  return undefined;
}

function terminate12({ activity, record, settings }: Run): void {
  record.suspended = record.cmi['cmi.core.exit'] === 'suspend';
  if (record.cmi['cmi.core.lesson_status'] === undefined) {
    // RTE 1.2 3.4.4: a course that finishes without a status is completed; one that suspends has not finished.
    record.assumed = record.suspended ? 'incomplete' : settings.mode === 'browse' ? 'browsed' : 'completed';
    const raw = toNumber(record.cmi['cmi.core.score.raw']);
    if (
      !record.suspended &&
      settings.mode === 'normal' &&
      activity.masteryScore !== undefined &&
      raw !== undefined
    ) {
      record.assumed = raw >= activity.masteryScore ? 'passed' : 'failed';
    }
  }
  endSession(record, parseTimespan(record.cmi['cmi.core.session_time'] ?? ''), [
    'cmi.core.exit',
    'cmi.core.session_time',
  ]);
}

/** What an abandoned session said is not kept (SN 5.6.4). */
function abandon({ record }: Run): void {
  endSession(record, parseInterval(record.cmi['cmi.session_time'] ?? ''), []);
  record.suspended = false;
  record.cmi = emptyMap();
}

function terminate2004(run: Run): void {
  const { activity, record } = run;
  // Who logs out comes back to where they were, as after a suspend (RTE 4.2.7).
  record.suspended =
    record.cmi['cmi.exit'] === 'suspend' ||
    record.cmi['cmi.exit'] === 'logout' ||
    record.cmi['adl.nav.request'] === 'suspendAll';
  // End Attempt Process (SN UP.4): an attempt that ends and says nothing is completed, unless the content sets completion.
  const isSaid = record.cmi['cmi.completion_status'] !== undefined;
  if (
    !record.suspended &&
    !activity.completionSetByContent &&
    !isSaid &&
    completionOf(activity, record) === 'unknown'
  ) {
    record.assumed = 'completed';
  }
  endSession(record, parseInterval(record.cmi['cmi.session_time'] ?? ''), [
    'cmi.exit',
    'cmi.session_time',
    'adl.nav.request',
  ]);
  tellSequencer(run);
}

/** What the course said goes into the Tracking Model (RTE 4.2.17, SN 4.2.1). */
function tellSequencer({ definition, state, activity, record }: Run): void {
  const world = sequencingOf(definition, state)!;
  takeOver(world, world.tree.byId.get(activity.id)!, record);
}

/**
 * The page went away without Terminate. That is a suspend, so that nothing is lost: unless the course said another
 * exit itself, or was through and left no bookmark. No completion is concluded from it.
 */
export function closeActivity(run: Run): void {
  const { record, definition } = run;
  const { running, cmi } = record;
  if (running === 'initialized') {
    const is12 = definition.standard === 'scorm12';
    const exit = cmi[is12 ? 'cmi.core.exit' : 'cmi.exit'];
    const bookmark = cmi['cmi.suspend_data'] || cmi[is12 ? 'cmi.core.lesson_location' : 'cmi.location'];
    const through = outcomeNow(definition, run.activity, record).completion === 'completed';
    record.suspended = exit ? exit === 'suspend' : Boolean(bookmark) || !through;
    if (is12) {
      if (cmi['cmi.core.lesson_status'] === undefined) record.assumed = 'incomplete';
      endSession(record, parseTimespan(cmi['cmi.core.session_time'] ?? ''), [
        'cmi.core.exit',
        'cmi.core.session_time',
      ]);
    } else {
      endSession(record, parseInterval(cmi['cmi.session_time'] ?? ''), [
        'cmi.exit',
        'cmi.session_time',
        'adl.nav.request',
      ]);
      tellSequencer(run);
    }
  }
  endVisit(record);
  delete record.running;
}

function endSession(record: ActivityState, reported: number | undefined, sessionElements: string[]): void {
  record.seconds = hundredths(record.seconds + (reported ?? 0));
  record.totalTime = hundredths(record.totalTime + (reported ?? 0));
  endVisit(record);
  for (const name of sessionElements) delete record.cmi[name];
}
