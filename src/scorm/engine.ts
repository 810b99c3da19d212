import type { CompletionRule } from './completion.ts';
import type { ActivityDefinition, CourseDefinition } from './course.ts';
import type { Progress } from './progress.ts';
import type { NavigationRequest } from './sequencing/navigate.ts';
import type { ObjectiveInfo, SequencingState } from './sequencing/state.ts';

/** Everything the engine knows of one attempt. JSON, small, versioned; only the engine reads what is inside. */
export type EngineState = {
  /** 1 knows no sequencing: SCORM 1.2, and what is older than `seq` (see upgrade.ts). */
  v: 1 | 2;
  /** The activity being shown or shown last. */
  current?: string;
  /** By id; only those that were opened. */
  activities: Record<string, ActivityState>;
  /** SCORM 2004 4th Edition adl.data: what each shared store holds, by its target id. */
  shared?: Record<string, string>;
  /** SCORM 2004: the Activity Tree's state. */
  seq?: SequencingState;
  /** The learner left the course by its own exit or ours, rather than by closing the window. */
  left?: true;
  /** The attempt is complete by the rule that held for it (completion.ts). */
  met?: true;
};

export type ActivityState = {
  /** Element → value, as the run-time holds them (`cmi.core.lesson_status` → `incomplete`). Only what the course set. */
  cmi: Record<string, string>;
  /** Launches of this activity. */
  launches: number;
  /** Run-time sessions begun by Initialize. A launch whose page never called has none. */
  sessions: number;
  /** Closed with exit=suspend: the next launch resumes. */
  suspended: boolean;
  /** Where the present session stands; absent: none is open. */
  running?: 'opened' | 'initialized' | 'terminated';
  /** cmi.entry of the present session. */
  entry?: 'ab-initio' | 'resume' | '';
  /** Seconds of the finished sessions, as reported. All of them: relaunches add up. */
  seconds: number;
  /** cmi.total_time: as `seconds`, but a new attempt on a SCORM 2004 activity begins at 0 (RTE 4.2.23). */
  totalTime: number;
  /** Seconds by our clock, of the finished visits to its page. */
  measured: number;
  /** Seconds by our clock in the present visit, since Initialize if the course called it, as far as we were told; absent: there is none. */
  elapsed?: number;
  /** SCORM 2004: the primary objective's cmi.objectives.n.success_status, while it says what it was found with. */
  given?: string;
  /** The status we concluded where the course set none (RTE 1.2 3.4.4; SN UP.4). */
  assumed?: string;
  /** What earlier attempts on this activity came to: a relaunch never takes away what was reached. */
  best?: ActivityOutcome;
};

/** What one activity came to. */
export type ActivityOutcome = {
  completion: Progress['completion'];
  success: Progress['success'];
  score?: number;
  measure?: number;
  /** The completion is not the course's word: it ended and said nothing. */
  assumed?: true;
};

/** Who and how: what the run-time answers for learner, credit and mode. */
export type EngineSettings = {
  learner: { id: string; name: string };
  /** normal: recorded; browse: a preview; review: looking back, nothing is stored. */
  mode: 'normal' | 'browse' | 'review';
  /** What completes the attempt where the course does not say. Default: as the course reports. */
  completion?: CompletionRule;
};

/**
 * One thing the course or the learner did, in order. The browser sends what its engine accepted; the server does
 * the same again with the same code and owns the result. `ms` is the time the activity's page has been looked at by the
 * browser's clock, since Initialize if the course called it.
 */
export type Act =
  | { do: 'open'; activity: string }
  | { do: 'initialize'; activity: string }
  | { do: 'set'; activity: string; element: string; value: string }
  | { do: 'commit'; activity: string; ms?: number }
  /** `overruled`: the learner had asked for something else by then; what the course asked for counts no more (SN 5.6.4). */
  | { do: 'terminate'; activity: string; ms?: number; overruled?: true }
  /** The frame went away without Terminate: a suspend (Terminate is implied, but no completion is). */
  | { do: 'close'; activity: string; ms?: number }
  /** The learner is still at it: for courses that never call, whose time we count. */
  | { do: 'stay'; activity: string; ms: number }
  /** The learner leaves the course by our exit. */
  | { do: 'exit' }
  /** SCORM 2004: a navigation request, or a launch of the course (`begin`). `activity`: the target of a choice or jump. */
  | { do: 'navigate'; go: NavigationRequest['go'] | 'begin'; activity?: string };

/** An act the server would not do again: its place in the list, and the run-time's error code or a word. */
export type Refusal = { index: number; act: Act; error: string };

/** What a learner may open, with its state: the table of contents. */
export type Entry = {
  id: string;
  title: string;
  kind: ActivityDefinition['kind'];
  depth: number;
  status: 'not attempted' | 'incomplete' | 'completed' | 'passed' | 'failed';
  current: boolean;
  /** False: locked, for `reason`. */
  open: boolean;
  reason?: 'prerequisites' | 'cluster' | 'sequencing';
};

/** The controls a player may show beside the course (SN 5.2): what is possible, without what the activity hides. */
export type ControlsShown = {
  continue: boolean;
  previous: boolean;
  exit: boolean;
  exitAll: boolean;
  abandon: boolean;
  abandonAll: boolean;
  suspendAll: boolean;
  /** May anything be chosen from the table of contents? */
  contents: boolean;
};

/** What of an attempt outlives it, where the course says so: shared global objectives and shared stores (SN 3.10.1, RTE 4.3). */
export type Carried = { objectives: Record<string, ObjectiveInfo>; stores: Record<string, string> };

export type Definition = CourseDefinition;
export type { Progress };
