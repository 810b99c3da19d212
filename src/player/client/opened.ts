import type { CourseDefinition } from '../../scorm/course.ts';
import type { EngineSettings, EngineState } from '../../scorm/engine.ts';

/** The answer to POST /play/open: all the player needs, in one go. */
export type Answered = Opened & {
  /** With what, and under which name, this browser may keep what it cannot send; absent where nothing is to be kept. */
  keep?: { key: string; name: string };
};

/** What of it plays. */
export type Opened = {
  launch: string;
  /** The number of the last commit the server took from this launch. */
  seq: number;
  title: string;
  definition: CourseDefinition;
  state: EngineState;
  settings: EngineSettings;
  /** Path of the course's files on this origin, without a slash at the end. */
  files: string;
  graded: boolean;
  /** Support wants to see what the course calls. */
  log: boolean;
  /** Seconds after which we say that somebody is still there. */
  beat: number;
  returnUrl?: string;
  platformName?: string;
};
