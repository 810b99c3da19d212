/**
 * What makes a course complete where it does not say so itself (scorm.md's "completion that never comes"): a rule never takes
 * back what the course reports, it adds to it.
 */
export type CompletionRule =
  /** As the course reports. What cannot report (assets) is complete once every part has been opened. */
  | { by: 'course' }
  /** Opened once, any part of it. */
  | { by: 'opened' }
  /** Every part of it opened. */
  | { by: 'visited' }
  /** So many seconds spent in it, by our clock. */
  | { by: 'time'; seconds: number }
  /** A score of at least this, 0 to 1. */
  | { by: 'score'; atLeast: number }
  /** The learner left it by its own or our exit. */
  | { by: 'exit' };
