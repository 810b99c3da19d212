import type { Context } from '../context.ts';
import { gradeOf, isFinal } from '../grades/grade.ts';
import { versions, type CourseRecord, type VersionRecord } from '../packages/course.model.ts';
import { findAnyCourse } from '../packages/courses.ts';
import { playRulesOf, type PlayRules } from '../packages/play-rules.ts';
import { isLaunchable, leavesOf, type CourseDefinition } from '../scorm/course.ts';
import type { EngineState } from '../scorm/engine.ts';
import { isLeftOpen } from '../scorm/player.ts';
import { timeLimitOf } from '../scorm/time-limit.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { choicesIn, isToTell, standOf, type Choice, type Stand } from './choices.ts';
import { definitionOf } from './definitions.ts';
import type { LinkRecord, LinkRules } from './link.model.ts';
import { findLink } from './links.ts';

/** Where a learner stands in a course, and what they may do: what is said before it loads, and after it has ended. */
export type Standing = {
  stand: Stand;
  /** Which of the learner's attempts this is, of how many at most (0: of any number). */
  number: number;
  most: number;
  offers: Choice[];
  /** The learner is to choose before the course loads. */
  ask: boolean;
  /** The learner is to be told something before they begin. */
  tells?: true;
  /** Where a gradebook has a column for it: what counts there, and the points so far. */
  grade?: { keep: LinkRules['keep']; points: number; given?: number };
  /** The LMS's gradebook has no column for it. */
  isUngraded?: true;
  /** The number of the attempt's version, where the course has been updated since. */
  version?: number;
  window: PlayRules['window'];
};

/** Where the learner of an attempt stands, by the rules of its link and course. */
export async function standingOf(ctx: Pick<Context, 'db'>, attempt: AttemptRecord): Promise<Standing> {
  const [course, link, number, definition] = await Promise.all([
    findAnyCourse(ctx, attempt.course),
    findLink(ctx, attempt.link),
    ordinalOf(ctx, attempt),
    definitionOf(ctx, attempt.version),
  ]);
  const rules = playRulesOf(course ?? {}, link);
  const stand = standOfAttempt(attempt, definition);
  const isOffered = course !== undefined && course.removedAt === undefined;
  const { graded, another = 0 } = attempt;
  const choices = choicesIn({ rules, stand, number, isAllowedMore: another > 0, graded, isOffered });
  const most = graded && rules.attempts > 0 ? Math.max(rules.attempts, number + another) : 0;
  const tells = isToTell({ stand, graded, most, hasTimeLimit: timeLimitOf(definition) !== undefined });
  return {
    stand,
    number,
    most,
    window: rules.window,
    ...choices,
    ...(tells && { tells }),
    ...(choices.offers.length > 1 || choices.ask || tells
      ? await moreOf(ctx, attempt, { course, link })
      : {}),
  };
}

/** How far an attempt is. */
export function standOfAttempt(
  { progress, state }: Pick<AttemptRecord, 'progress' | 'state'>,
  { root }: CourseDefinition,
): Stand {
  return standOf(progress, {
    hasParts: leavesOf(root).filter(isLaunchable).length > 1,
    isLeftOpen: isLeftOpen(JSON.parse(state) as EngineState),
  });
}

/** What is worth saying only where there is something to choose. */
async function moreOf(
  ctx: Pick<Context, 'db'>,
  attempt: AttemptRecord,
  { course, link }: { course: CourseRecord | undefined; link: LinkRecord | undefined },
): Promise<Pick<Standing, 'grade' | 'isUngraded' | 'version'>> {
  const isUpdated = course && course.published !== attempt.version;
  const version = isUpdated
    ? await versions(ctx.db).findOne({ _id: attempt.version }, { number: 1 }).lean<VersionRecord>()
    : null;
  const inLms = attempt.graded && link?.kind === 'lti';
  const hasColumn = inLms && link.lineItem !== undefined;
  return {
    ...(hasColumn && link.rules.points > 0 ? { grade: await gradeSoFar(ctx, attempt, link.rules) } : {}),
    ...(inLms && !hasColumn && !link.wantsColumn ? { isUngraded: true as const } : {}),
    ...(version ? { version: version.number } : {}),
  };
}

async function gradeSoFar(
  ctx: Pick<Context, 'db'>,
  { link, learner, course }: AttemptRecord,
  rules: LinkRules,
): Promise<NonNullable<Standing['grade']>> {
  const all = await attempts(ctx.db)
    .find({ link, learner, course, graded: true }, { progress: 1 })
    .sort({ number: 1 })
    .lean<Pick<AttemptRecord, 'progress'>[]>();
  const grade = gradeOf(
    all.map(({ progress }) => progress),
    rules,
  );
  const given = grade && isFinal(grade) ? grade.scoreGiven : undefined;
  return { keep: rules.keep, points: rules.points, ...(given === undefined ? {} : { given }) };
}

/** Numbers run through all that a learner has on a link, previews and other courses too; a learner counts their own attempts. */
async function ordinalOf(ctx: Pick<Context, 'db'>, attempt: AttemptRecord): Promise<number> {
  const { link, learner, course, graded, number } = attempt;
  if (number === 1) return 1;
  return attempts(ctx.db).countDocuments({ link, learner, course, graded, number: { $lte: number } });
}
