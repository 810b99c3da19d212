import { scoreFor, type Rules, type Score, type Standing } from './score.ts';

/** What all of a learner's attempts on a link come to, and whether a real score is behind it. */
export type Grade = Score & { scored: boolean };

/**
 * A cell that is to be empty again, in AGS' own words: the activity "has been reset for that student" (2.0 §3.4.7), and a score
 * without points clears what was given before (§3.4.5).
 */
export type Emptied = {
  activityProgress: 'Initialized';
  gradingProgress: 'NotReady';
  scoreGiven?: undefined;
  scoreMaximum?: undefined;
  scored: false;
};
export const emptied: Emptied = {
  activityProgress: 'Initialized',
  gradingProgress: 'NotReady',
  scored: false,
};

export function isEmptied(grade: Grade | Emptied): grade is Emptied {
  return grade.activityProgress === 'Initialized';
}

/** The grade of `attempts` (oldest first) by the link's rule; undefined where the link gives no points. */
export function gradeOf(attempts: Standing[], rules: Rules): Grade | undefined {
  const scored = attempts.some(({ score }) => score !== undefined);
  const scores = attempts.flatMap((progress) => scoreFor(progress, rules, scored) ?? []);
  const graded = scores.filter(isFinal);
  const kept = graded.length > 0 ? keep(graded, rules) : scores.at(-1);
  return kept && { ...kept, scored };
}

/**
 * Which of `attempts` (oldest first) the grade is that of: its place among them. While none has a grade, and where all count
 * together (average), the newest stands for them. Undefined where there is none.
 */
export function decidingOf(attempts: Standing[], rules: Rules): number | undefined {
  const scored = attempts.some(({ score }) => score !== undefined);
  const graded = attempts.flatMap((progress, place) => {
    const score = scoreFor(progress, { ...rules, points: 1 }, scored);
    return score && isFinal(score) ? [{ place, given: score.scoreGiven ?? 0 }] : [];
  });
  const newest = attempts.length > 0 ? attempts.length - 1 : undefined;
  if (graded.length === 0 || rules.keep === 'average') return newest;
  if (rules.keep === 'best') return graded.reduce((best, one) => (one.given > best.given ? one : best)).place;
  return graded.at(rules.keep === 'last' ? -1 : 0)!.place;
}

/**
 * The grade from 0 to 1, finer than a link's points are rounded to: the column may have other points. Undefined where there
 * is no grade.
 */
export function exactShareOf(attempts: Standing[], rules: Rules): number | undefined {
  const fine = 1e6;
  const { scoreGiven } = gradeOf(attempts, { ...rules, points: rules.points > 0 ? fine : 0 }) ?? {};
  return scoreGiven === undefined ? undefined : scoreGiven / fine;
}

/**
 * Is `next` worth telling a platform that was told `before`? Only a change is, and a grade that stands is never taken
 * back: a platform wipes it when something not fully graded follows (Moodle). It goes down only where the rule says so,
 * or where full marks for completion turn out to have been early because a score came after them.
 */
export function isWorthSending(next: Grade, before: Grade | Emptied | undefined, rules: Rules): boolean {
  if (!before) return true;
  if (isEmptied(before) || !isFinal(before)) return !sameProgress(next, before) || isFinal(next);
  if (!isFinal(next)) return false;
  const rise = shareOf(next) - shareOf(before);
  if (Math.abs(rise) < 1e-6) return false;
  if (rise > 0) return true;
  return rules.keep === 'last' || rules.keep === 'average' || (next.scored && !before.scored);
}

/** Does a reckoning that may lower a grade, or raise it, find another one than what was to be told last? */
export function isAnother(next: Grade, before: Grade | Emptied): boolean {
  if (isEmptied(before) || !isFinal(before)) return true;
  return Math.abs(shareOf(next) - shareOf(before)) >= 1e-6;
}

export function isFinal({ gradingProgress }: Pick<Score, 'gradingProgress'>): boolean {
  return gradingProgress === 'FullyGraded';
}

function keep(graded: Score[], { keep, points }: Rules): Score {
  const given = graded.map(({ scoreGiven }) => scoreGiven ?? 0);
  const kept = {
    best: () => Math.max(...given),
    last: () => given.at(-1)!,
    first: () => given[0]!,
    average: () => Math.round((given.reduce((sum, each) => sum + each, 0) / given.length) * 1e5) / 1e5,
  }[keep]();
  return { ...graded[0]!, scoreGiven: kept, scoreMaximum: points };
}

function sameProgress(a: Grade, b: Grade | Emptied): boolean {
  return a.activityProgress === b.activityProgress && a.gradingProgress === b.gradingProgress;
}

function shareOf({ scoreGiven = 0, scoreMaximum = 1 }: Score): number {
  return scoreGiven / scoreMaximum;
}
