/** What an attempt comes to, in the words of no standard: derived from the engine's state, never set by hand. */
export type Progress = {
  completion: 'not attempted' | 'incomplete' | 'completed';
  success: 'unknown' | 'passed' | 'failed';
  /** The score from 0 to 1 (scaled, else raw within min..max, else raw/100), if there is one. */
  score?: number;
  /** How far, from 0 to 1, where the course says. */
  measure?: number;
  /** Seconds as the course reported them (session times added up). */
  seconds: number;
};
