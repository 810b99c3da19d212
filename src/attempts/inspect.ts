import type { Context } from '../context.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from '../packages/course.model.ts';
import type { EngineState } from '../scorm/engine.ts';
import { reportOf, type ActivityReport } from '../scorm/report.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { definitionOf } from './definitions.ts';
import { launches, type LaunchRecord } from './launch.model.ts';
import type { LearnerRecord } from './learner.model.ts';
import { getLearner } from './learners.ts';
import type { LinkRecord } from './link.model.ts';
import { findLink } from './links.ts';
import { findAttempt } from './open.ts';

export type Inspected = {
  attempt: AttemptRecord;
  learner: LearnerRecord;
  link: LinkRecord;
  course: CourseRecord;
  /** Without its definition. */
  version: Omit<VersionRecord, 'definition'>;
  activities: ActivityReport[];
  /** Seconds as the course reported them, and by our clock, over all of it. */
  reported: number;
  measured: number;
  /** The learner's attempts on this link, this one too. */
  siblings: Pick<AttemptRecord, '_id' | 'number'>[];
  /** The newest first; what is older than a week or so is forgotten. */
  launches: LaunchRecord[];
};

/** Everything there is to know of one attempt of a workspace, whatever became of its course. */
export async function inspectAttempt(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  id: string,
): Promise<Inspected> {
  const attempt = await findAttempt(ctx, workspace, id);
  if (!attempt) throw new NotFound(t('attempts.attempt'));
  const mine = { link: attempt.link, learner: attempt.learner };
  const [learner, link, course, version, definition, siblings, opened] = await Promise.all([
    getLearner(ctx, attempt.learner),
    findLink(ctx, attempt.link),
    courses(ctx.db).findOne({ _id: attempt.course }).lean<CourseRecord>(),
    versions(ctx.db).findOne({ _id: attempt.version }, { definition: 0 }).lean<VersionRecord>(),
    definitionOf(ctx, attempt.version),
    attempts(ctx.db).find(mine, { number: 1 }).sort({ number: 1 }).lean<AttemptRecord[]>(),
    launches(ctx.db).find({ attempt: id }).sort({ createdAt: -1 }).limit(50).lean<LaunchRecord[]>(),
  ]);
  if (!link || !course || !version) throw new NotFound(t('attempts.attempt'));
  const activities = reportOf(definition, JSON.parse(attempt.state) as EngineState);
  const sum = (of: 'reported' | 'measured') =>
    Math.round(activities.reduce((total, activity) => total + activity[of], 0) * 100) / 100;
  return {
    attempt,
    learner,
    link,
    course,
    version,
    activities,
    reported: sum('reported'),
    measured: sum('measured'),
    siblings,
    launches: opened,
  };
}
