import type { AttemptRecord } from '../attempts/attempt.model.ts';
import type { Inspected } from '../attempts/inspect.ts';
import type { LearnerRecord } from '../attempts/learner.model.ts';
import type { LinkRecord } from '../attempts/link.model.ts';
import type { LogView } from '../attempts/log.ts';
import { statusOf } from '../display/status.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import type { CourseRecord, VersionRecord } from '../packages/course.model.ts';
import { playRulesOf } from '../packages/play-rules.ts';
import { canReport } from '../scorm/completion.ts';

/** The only place where a record becomes JSON for programs (and rows for the admin's lists). Times are ISO 8601 in UTC. */
export function presentCourse(course: CourseRecord, version: VersionRecord) {
  return {
    id: course._id,
    title: course.title,
    description: course.description,
    standard: course.standard,
    edition: version.definition.edition,
    version: version.number,
    versionId: version._id,
    warnings: version.warnings,
    /** Has it a part that can say how it went? Otherwise only a completion rule knows. */
    reports: canReport(version.definition),
    play: playRulesOf(course),
    files: version.fileCount,
    bytes: version.bytes,
    sha256: version.sha256,
    createdAt: course.createdAt.toISOString(),
    updatedAt: course.updatedAt.toISOString(),
  };
}

export function presentAttempt(row: {
  attempt: Omit<AttemptRecord, 'state'>;
  learner: LearnerRecord;
  version: Pick<VersionRecord, '_id' | 'number'>;
  link: LinkRecord;
}) {
  const { attempt, learner, version, link } = row;
  return {
    id: attempt._id,
    course: attempt.course,
    version: version.number,
    versionId: version._id,
    link: { id: link._id, kind: link.kind, title: link.title },
    learner: { id: learner._id, sub: learner.sub, name: learner.name, email: learner.email ?? null },
    number: attempt.number,
    graded: attempt.graded,
    status: statusOf(attempt.progress),
    /** From 0 to 1, or null. */
    score: attempt.progress.score ?? null,
    progress: {
      completion: attempt.progress.completion,
      success: attempt.progress.success,
      measure: attempt.progress.measure ?? null,
      seconds: attempt.progress.seconds,
    },
    startedAt: attempt.startedAt.toISOString(),
    savedAt: attempt.savedAt.toISOString(),
    finishedAt: attempt.finishedAt?.toISOString() ?? null,
  };
}

/** One attempt with all that is known of its parts. */
export function presentInspected(inspected: Inspected, isLogged: boolean) {
  const { attempt, activities, reported, measured, launches } = inspected;
  return {
    ...presentAttempt(inspected),
    /** What completes it where the course does not say. */
    completion: attempt.completion ?? { by: 'course' },
    time: { reported, measured },
    activities: activities.map(({ assumed, ...activity }) => ({ ...activity, assumed: assumed ?? false })),
    launches: launches.map(({ mode, platformName, createdAt }) => ({
      mode,
      from: platformName ?? null,
      at: createdAt.toISOString(),
    })),
    log: { on: isLogged, until: attempt.log?.until.toISOString() ?? null },
  };
}

/** The log of an attempt; times are ISO 8601 in UTC, `ms` those since the player was opened. */
export function presentLog(attempt: AttemptRecord, { lines, dropped }: LogView, isOn: boolean) {
  return {
    attempt: attempt._id,
    on: isOn,
    until: attempt.log?.until.toISOString() ?? null,
    dropped,
    data: lines.map(({ at, ...line }) => ({ at: new Date(at).toISOString(), ...line })),
  };
}

export function presentDelivery(delivery: DeliveryRecord) {
  return {
    id: delivery._id,
    kind: delivery.kind,
    status: delivery.status,
    about: delivery.about,
    body: delivery.body,
    tries: delivery.tries,
    nextAt: delivery.status === 'waiting' ? delivery.nextAt.toISOString() : null,
    answers: delivery.answers.map(({ at, ok, status, text }) => ({
      at: at.toISOString(),
      ok,
      status: status ?? null,
      text,
    })),
    createdAt: delivery.createdAt.toISOString(),
    updatedAt: delivery.updatedAt.toISOString(),
    deliveredAt: delivery.deliveredAt?.toISOString() ?? null,
  };
}
