import type { ActivityDefinition, CourseDefinition } from './course.ts';
import type { Progress } from './progress.ts';

/** Everything the engine knows of one attempt. JSON, small, versioned; only the engine reads what is inside. */
export type EngineState = {
  v: 1;
  /** The activity being shown or shown last. */
  current?: string;
  activities: Record<string, ActivityState>;
};

export type ActivityState = {
  /** Element → value, as the run-time holds them (`cmi.core.lesson_status` → `incomplete`). Only what was set or derived. */
  cmi: Record<string, string>;
  /** Launches of this activity. */
  launches: number;
  /** Closed with exit=suspend: the next launch resumes. */
  suspended: boolean;
  /** Seconds of the finished sessions, as reported. */
  seconds: number;
};

/** Who and how: what the run-time answers for learner, credit and mode. */
export type EngineSettings = {
  learner: { id: string; name: string };
  /** normal: recorded; browse: a preview; review: looking back, nothing is stored. */
  mode: 'normal' | 'browse' | 'review';
};

/**
 * One thing the course or the learner did, in order. The browser sends what its engine accepted; the server does
 * the same again with the same code and owns the result.
 */
export type Act =
  | { do: 'open'; activity: string }
  | { do: 'initialize'; activity: string }
  | { do: 'set'; activity: string; element: string; value: string }
  | { do: 'commit'; activity: string }
  | { do: 'terminate'; activity: string }
  /** The frame went away without Terminate: a suspend (scorm.md C 2). */
  | { do: 'close'; activity: string };

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
  reason?: string;
};

export type Definition = CourseDefinition;
export type { Progress };
