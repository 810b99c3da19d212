import type { ActivityDefinition } from '../../scorm/course.ts';
import type { Session } from '../../scorm/player.ts';
import type { Log } from './log.ts';
import type { Opened } from './opened.ts';
import type { Page } from './page.ts';
import type { Saver } from './saver.ts';

/** An attempt that plays in this window, from its opening until something else follows: what all that concerns it shares. */
export type Round = {
  readonly page: Page;
  readonly opened: Opened;
  readonly session: Session;
  readonly saver: Saver;
  readonly log: Log;
  /** The parts that have a page. */
  readonly leaves: ActivityDefinition[];
  readonly hasParts: boolean;
  /** SCORM 2004: where one may go is the sequencer's to say. */
  readonly isSequenced: boolean;
  /** Nothing that is done is stored. */
  readonly isReview: boolean;
  /** Does what is done here count? */
  readonly counts: boolean;
  /** The activity whose page is shown. */
  playing?: string;
  /** The learner is out of the course. */
  isOver: boolean;
  /** Something else plays here by now. */
  isGone: boolean;
  /** Bar and contents follow. */
  draw: () => void;
};

export const later = (work: () => void, ms: number) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};
