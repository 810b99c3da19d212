import { closeActivity, obstacleTo, openActivity, putAway, runOf, type Obstacle } from './activity.ts';
import { findActivity, type CourseDefinition } from './course.ts';
import type { ActivityState, EngineSettings, EngineState } from './engine.ts';
import { flow } from './sequencing/flow.ts';
import {
  navigate,
  navigationRequest,
  type Navigated,
  type NavigationRequest,
} from './sequencing/navigate.ts';
import { obstacleToChoose } from './sequencing/possible.ts';
import { takeOver } from './sequencing/runtime.ts';
import { isLeaf, seen, type World } from './sequencing/world.ts';
import { newRecord } from './state.ts';
import { beginVisit, endVisit, noteElapsed } from './time.ts';
import { sequencingOf } from './upgrade.ts';

// The learner's way through a SCORM 2004 course: navigation requests, and the records of the activities they lead to.

/**
 * What may be asked for. `begin` is ours: a launch of the course, which goes on where the learner was, or starts.
 */
export type WayRequest = NavigationRequest | { go: 'begin' };

/** Ends what is being shown, asks the sequencer, and opens what it delivers. */
export function take(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  request: WayRequest,
  ms?: number,
): Navigated {
  const world = sequencingOf(definition, state)!;
  if (request.go === 'begin') return begin(world, definition, state, settings);
  // A request that cannot be changes nothing: the activity goes on.
  const plan = navigationRequest(world, request);
  if ('exception' in plan) return plan;
  leave(world, definition, state, settings, request.go, ms);
  return follow(definition, state, settings, navigate(world, request));
}

/** Opens what the sequencer delivers, and puts away what was left for it. */
function follow(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  navigated: Navigated,
): Navigated {
  const left =
    state.current === undefined ? undefined : runOf(definition, state, settings, state.current, false);
  const world = sequencingOf(definition, state)!;
  const activity = left && world.tree.byId.get(left.activity.id);
  if (left && activity && !left.record.suspended && !seen(world, activity).susp) {
    if (navigated.deliver !== left.activity.id && !seen(world, activity).on) putAway(left);
  }
  return open(definition, state, navigated);
}

/**
 * A launch. What was open when the last window went away is taken up where it was left, or, if it was through, left
 * behind; else the course resumes or starts.
 */
function begin(
  world: World,
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
): Navigated {
  if (world.current) {
    const record = state.activities[world.current.id];
    const neverCalled = record?.running === 'opened';
    leave(world, definition, state, settings, 'begin');
    if (neverCalled || record?.suspended) navigate(world, { go: 'suspendAll' });
    else return goOn(world, definition, state, settings);
  }
  const suspended = world.tree.byId.get(world.state.suspended ?? '');
  const go = suspended && isLeaf(suspended) ? 'resumeAll' : 'start';
  const begun = open(definition, state, navigate(world, { go }));
  // A course of one part begins with it, whether or not it lets one flow.
  const [leaf, ...others] = world.tree.list.filter(isLeaf);
  if (begun.deliver || world.current || others.length > 0) return begun;
  return open(definition, state, navigate(world, { go: 'choice', target: leaf!.id }));
}

/** The activity one was at is through: its attempt ends, and the learner goes where that leads, or to the next. */
function goOn(
  world: World,
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
): Navigated {
  const ended = seen(world, world.current!).on ? navigate(world, { go: 'exit' }) : {};
  if (ended.deliver || ended.ended) return follow(definition, state, settings, ended);
  return follow(definition, state, settings, navigate(world, { go: 'continue' }));
}

/** Closes what runs and takes over what it said. Learners who leave the course for now suspend what they are at. */
export function leave(
  world: World,
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  going: string,
  ms?: number,
): void {
  const run =
    state.current === undefined ? undefined : runOf(definition, state, settings, state.current, false);
  const activity = run && world.tree.byId.get(run.activity.id);
  if (!run || !activity) return;
  noteElapsed(run.record, ms);
  if (run.record.running === 'initialized') {
    closeActivity(run);
    if (going === 'suspendAll') {
      run.record.suspended = true;
      takeOver(world, activity, run.record);
    }
  }
  endVisit(run.record);
  delete run.record.running;
}

/** Opens an activity of any standard, by whatever request leads to it. */
export function openById(
  definition: CourseDefinition,
  state: EngineState,
  settings: EngineSettings,
  id: string,
): Obstacle | undefined {
  const world = sequencingOf(definition, state);
  if (!world) return openActivity(definition, state, settings, id);
  const obstacle = obstacleTo(definition, state, id);
  if (obstacle) return obstacle;
  const request = requestFor(world, id);
  if (!request) return 'locked';
  return take(definition, state, settings, request).exception ? 'locked' : undefined;
}

/** Is there a request that leads to it? */
export function mayOpen(definition: CourseDefinition, state: EngineState, id: string): boolean {
  const world = sequencingOf(definition, state);
  const isFree = obstacleTo(definition, state, id) === undefined;
  return isFree && (!world || requestFor(world, id) !== undefined);
}

function open(definition: CourseDefinition, state: EngineState, navigated: Navigated): Navigated {
  const { deliver, resumes = false } = navigated;
  // Shared stores of the course's own live as long as the attempt on it (RTE 4.3).
  if (navigated.ended && !state.seq?.tracks[definition.root.id]?.susp) {
    state.left = true;
    if (definition.sharedDataGlobalToSystem === false) delete state.shared;
  }
  if (deliver === undefined) return navigated;
  const record: ActivityState = (state.activities[deliver] ??= newRecord());
  state.current = deliver;
  record.launches += 1;
  record.suspended = resumes && record.sessions > 0;
  beginVisit(record);
  if (findActivity(definition.root, deliver)!.kind === 'asset') record.assumed = 'completed';
  else record.running = 'opened';
  return navigated;
}

/** The request that leads to an activity, where the sequencer allows one: resuming, starting, choosing, going on or back. */
export function requestFor(world: World, id: string): NavigationRequest | undefined {
  const target = world.tree.byId.get(id);
  if (!target) return undefined;
  const { current, tree, state } = world;
  if (!current && state.suspended === id) return { go: 'resumeAll' };
  if (!current && flow(world, tree.root, 1, true, true).deliver === target) return { go: 'start' };
  if (!obstacleToChoose(world, target)) return { go: 'choice', target: id };
  // What is being shown may be shown again.
  if (current === target) return { go: 'jump', target: id };
  for (const [go, step] of [
    ['continue', 1],
    ['previous', -1],
  ] as const) {
    if ('exception' in navigationRequest(world, { go })) continue;
    if (flow(world, current!, step, false, true).deliver === target) return { go };
  }
  return undefined;
}

/** What a course asks for by adl.nav.request (SN 5.6.4); undefined: nothing. */
export function requestOf(value: string): NavigationRequest | undefined {
  const targeted = /^\{target=([^{}]+)\}(choice|jump)$/.exec(value);
  if (targeted) return { go: targeted[2] as 'choice' | 'jump', target: targeted[1]! };
  return words.has(value) ? { go: value as 'continue' } : undefined;
}

const words = new Set(['continue', 'previous', 'exit', 'exitAll', 'abandon', 'abandonAll', 'suspendAll']);
