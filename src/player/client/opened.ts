import type { CourseDefinition } from '../../scorm/course.ts';
import type { EngineSettings, EngineState } from '../../scorm/engine.ts';

/** The answer to POST /play/open: all the player needs, in one go. */
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
  returnUrl?: string;
  platformName?: string;
};
