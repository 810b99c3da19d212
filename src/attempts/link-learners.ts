import type { Context } from '../context.ts';
import { decidingOf, exactShareOf } from '../grades/grade.ts';
import { judgedBy } from '../grades/score.ts';
import { gradeStatesOf, type GradeState } from '../grades/state.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from '../packages/course.model.ts';
import { playRulesOf } from '../packages/play-rules.ts';
import type { Progress } from '../scorm/progress.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { learnersById } from './learner-names.ts';
import type { LearnerRecord } from './learner.model.ts';
import type { LinkRecord } from './link.model.ts';

/** Somebody who opened a link's course, and what it has come to. */
export type LinkLearner = {
  learner: Pick<LearnerRecord, '_id' | 'sub' | 'name' | 'email'>;
  /** Attempts made on the link's present course, and how many there may be (0: as many as one likes). */
  used: number;
  most: number;
  /** The newest, after which a teacher may allow another (another.ts); `another`: so many are allowed after it already. */
  latest: { id: string; number: number; another: number };
  /** The attempt that counts by the link's rule; where all count together (average), and while none has a grade, the newest. */
  attempt: { id: string; number: number };
  /** That attempt's; passed or failed as the link's pass mark says, where that counts. */
  progress: Progress;
  version: number;
  /** What all attempts come to by the rule, 0 to 1. Undefined while there is no grade, and where the link gives no points. */
  share?: number;
  /** Spent in all of them together. */
  seconds: number;
  lastSeen: Date;
  /** The course is being played, as far as we know. */
  isOpen: boolean;
  /** How far the grade has come on its way to the gradebook. */
  grade: GradeState;
};

/** The parts of an attempt that a list needs: its state may be large. */
const parts = [
  'learner',
  'course',
  'number',
  'another',
  'version',
  'progress',
  'live',
  'startedAt',
  'savedAt',
] as const;
type Listed = Pick<AttemptRecord, '_id' | (typeof parts)[number]>;

/**
 * Everybody who opened a link's course, by name: in a handful of questions to the store, whatever their number. On a preview's
 * link that is who looked at it, elsewhere those whose work counts.
 */
export async function listLinkLearners(ctx: Pick<Context, 'db'>, link: LinkRecord): Promise<LinkLearner[]> {
  const [made, course] = await Promise.all([
    attempts(ctx.db)
      .find(
        { link: link._id, graded: link.kind !== 'preview' },
        Object.fromEntries(parts.map((part) => [part, 1])),
      )
      .sort({ link: 1, learner: 1, number: 1 })
      .lean<Listed[]>(),
    courses(ctx.db).findOne({ _id: link.course }).lean<CourseRecord>(),
  ]);
  const ids = [...new Set(made.map(({ learner }) => learner))];
  const [learners, numbers] = await Promise.all([
    learnersById(ctx, link.workspace, ids),
    numbersOf(ctx, made),
  ]);
  const grades = await gradeStatesOf(ctx, link, [...learners.values()]);
  const { attempts: most } = playRulesOf(course ?? {}, link);
  return rowsOf(made, { link, learners, numbers, grades, most });
}

type Known = {
  link: Pick<LinkRecord, 'course' | 'rules'>;
  learners: Map<string, LearnerRecord>;
  /** Of versions, by id. */
  numbers: Map<string, number>;
  grades: Map<string, GradeState>;
  most: number;
};

/** One row for each learner; `made`: their attempts, each learner's oldest first. */
export function rowsOf(made: Listed[], known: Known): LinkLearner[] {
  const rows = [...Map.groupBy(made, ({ learner }) => learner)].flatMap(([id, mine]) => {
    // Who was removed between two reads is not shown.
    const learner = known.learners.get(id);
    return learner ? [rowOf(learner, mine, known)] : [];
  });
  const { compare } = new Intl.Collator('en', { numeric: true });
  return rows.sort(
    (a, b) => compare(a.learner.name, b.learner.name) || (a.learner.sub < b.learner.sub ? -1 : 1),
  );
}

function rowOf(
  { _id, sub, name, email }: LearnerRecord,
  mine: Listed[],
  { link, numbers, grades, most }: Known,
): LinkLearner {
  const standings = mine.map(({ progress, live }) => ({ ...progress, open: live !== undefined }));
  const counts = mine[decidingOf(standings, link.rules)!]!;
  const here = mine.filter(({ course }) => course === link.course);
  const used = here.length;
  const latest = (here.at(-1) ?? mine.at(-1))!;
  const { another = 0 } = latest;
  const seen = mine.map(({ savedAt, live, startedAt }) => Math.max(+savedAt, +startedAt, +(live ?? 0)));
  return {
    learner: { _id, sub, name, email },
    used,
    most: most > 0 ? Math.max(most, used + another) : 0,
    latest: { id: latest._id, number: latest.number, another },
    attempt: { id: counts._id, number: counts.number },
    progress: judgedBy(link.rules, counts.progress),
    version: numbers.get(counts.version) ?? 0,
    share: exactShareOf(standings, link.rules),
    seconds: mine.reduce((sum, { progress }) => sum + progress.seconds, 0),
    lastSeen: new Date(Math.max(...seen)),
    isOpen: standings.some(({ open }) => open),
    grade: grades.get(_id) ?? 'none',
  };
}

async function numbersOf(ctx: Pick<Context, 'db'>, made: Listed[]): Promise<Map<string, number>> {
  const ids = [...new Set(made.map(({ version }) => version))];
  const found = await versions(ctx.db)
    .find({ _id: { $in: ids } }, { number: 1 })
    .lean<Pick<VersionRecord, '_id' | 'number'>[]>();
  return new Map(found.map(({ _id, number }) => [_id, number]));
}
