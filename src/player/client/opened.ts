import type { CourseDefinition } from '../../scorm/course.ts';
import type { EngineSettings, EngineState } from '../../scorm/engine.ts';
import type { GradeState } from './ending.ts';
import type { Progress } from '../../scorm/progress.ts';

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
  /** What the attempt has come to, as it is stored. */
  progress: Progress;
  settings: EngineSettings;
  /** Path of the course's files on this origin, without a slash at the end. */
  files: string;
  graded: boolean;
  /** Support wants to see what the course calls. */
  log: boolean;
  /** Seconds after which we say that somebody is still there. */
  beat: number;
  /** Absent where there is nothing to choose: somebody only looks, or the LMS says it is a preview. */
  standing?: Standing;
  /** How far the grade so far has come, where that is said. */
  grade?: GradeState;
  returnUrl?: string;
  platformName?: string;
};

export type Choice = 'goOn' | 'review' | 'again';

/** Where the learner stands, and what may be done (attempts/standing.ts). */
export type Standing = {
  stand: 'new' | 'begun' | 'judged' | 'finished';
  number: number;
  /** 0: any number. */
  most: number;
  offers: Choice[];
  ask: boolean;
  tells?: true;
  grade?: { keep: 'best' | 'last' | 'first' | 'average'; points: number; given?: number };
  isUngraded?: true;
  /** The number of the version the learner is in, where the course has a newer one. */
  version?: number;
  window: 'here' | 'new';
};
