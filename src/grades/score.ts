import type { Progress } from '../scorm/progress.ts';

/** What a platform is told of a learner's work, in its own words (AGS 2.0 §3.4.4). */
export type Score = {
  activityProgress: 'Started' | 'InProgress' | 'Completed';
  gradingProgress: 'NotReady' | 'Pending' | 'FullyGraded';
  /** Only with `FullyGraded`. */
  scoreGiven?: number;
  scoreMaximum?: number;
};

/** How a link turns attempts into a grade (attempts/link.model.ts). */
export type Rules = {
  /** `score`: the score, or full marks for completion where the course has none; `completion`: full marks when completed; `pass`: full marks when passed. */
  counts: 'score' | 'completion' | 'pass';
  /** Where passing counts: the score (0 to 1) from which an attempt is passed, should the course not say. */
  passMark?: number;
  /** Whose word on passing goes first: the course's (the usual), or the pass mark's wherever there is a score. */
  passBy?: 'course' | 'mark';
  keep: 'best' | 'last' | 'first' | 'average';
  /** Points of the column in the platform's gradebook. */
  points: number;
  /** A grade that a teacher gave in the platform: it stays (the usual), or ours takes its place. */
  override?: 'keep' | 'replace';
};

/** How far an attempt has got. `open`: the course is still being played, more may come. */
export type Standing = Progress & { open?: boolean };

/**
 * What one attempt comes to under the link's rules; undefined where the link gives no points. `scored`: the course is
 * known to give a score, so that completion alone is not full marks but a score still to come. So it is while the course is
 * open: some say `completed` before their quiz, and the first grade a platform hears of may be the one that counts (Canvas).
 */
export function scoreFor(reported: Standing, rules: Rules, scored = false): Score | undefined {
  if (!(rules.points > 0)) return undefined;
  const progress = judgedBy(rules, reported);
  if (!isFinished(progress, rules)) return unfinished(progress);
  const share = shareOf(progress, rules, scored);
  if (share === undefined) return { activityProgress: 'Completed', gradingProgress: 'Pending' };
  return {
    activityProgress: 'Completed',
    gradingProgress: 'FullyGraded',
    scoreGiven: round(share * rules.points),
    scoreMaximum: rules.points,
  };
}

/**
 * What is said of passing, where that counts: the course's own verdict, or that of the link's pass mark. A score on the way is none yet:
 * the mark judges what is completed, or what the course itself has judged.
 */
export function judgedBy<P extends Progress>({ counts, passMark, passBy = 'course' }: Rules, progress: P): P {
  const { completion, success, score } = progress;
  if (counts !== 'pass' || passMark === undefined || score === undefined) return progress;
  if (success === 'unknown' ? completion !== 'completed' : passBy === 'course') return progress;
  return { ...progress, success: score >= passMark - 1e-7 ? 'passed' : 'failed' };
}

function isFinished({ completion, success }: Progress, { counts }: Rules): boolean {
  if (completion === 'completed') return true;
  // A 2004 course may set nothing but success; one that also says `incomplete` has more to show.
  if (counts === 'completion') return completion === 'not attempted' && success === 'passed';
  return success !== 'unknown';
}

function unfinished({ completion, score }: Progress): Score {
  if (score !== undefined) return { activityProgress: 'InProgress', gradingProgress: 'Pending' };
  return {
    activityProgress: completion === 'not attempted' ? 'Started' : 'InProgress',
    gradingProgress: 'NotReady',
  };
}

/** From 0 to 1; undefined: finished, but what it is worth is not known yet. */
function shareOf({ success, score, open }: Standing, { counts }: Rules, scored: boolean): number | undefined {
  if (counts === 'completion') return 1;
  if (counts === 'score' && score !== undefined) return Math.min(Math.max(score, 0), 1);
  if (success !== 'unknown') return success === 'passed' ? 1 : 0;
  return counts === 'score' && !scored && !open ? 1 : undefined;
}

/** Finished without a score and without a verdict: what that is worth is settled when the course is closed. */
export function isUnsettled({ completion, success, score }: Progress): boolean {
  return completion === 'completed' && success === 'unknown' && score === undefined;
}

/** Gradebooks keep five decimals at most (Moodle). */
function round(points: number): number {
  return Math.round(points * 1e5) / 1e5;
}
