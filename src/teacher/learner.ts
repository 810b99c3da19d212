import type { Request, Response } from 'express';
import { inspectAttempt } from '../attempts/inspect.ts';
import { listAttempts, type AttemptRow } from '../attempts/list.ts';
import { isLogged, readLog } from '../attempts/log.ts';
import type { Context } from '../context.ts';
import { lmsOf } from '../lti/lms-name.ts';
import { attemptView } from '../display/attempt.ts';
import { duration } from '../display/duration.ts';
import { statusChip, statusOf } from '../display/status.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { playRulesOf } from '../packages/play-rules.ts';
import { Conflict, NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { gradesOf } from './class.ts';
import type { Listing } from './forms.ts';
import { frameOf } from './frame.ts';
import { gradeWords } from './grade-words.ts';
import { nameOf } from './learner-row.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

export type WantedLearner = Listing & { learner: string; attempt?: string };

/** A learner's attempts on a link, the newest first; there are some, or there is no such learner here. */
export async function workOf(
  ctx: Pick<Context, 'db'>,
  { link }: Pick<Visit, 'link'>,
  learner: string,
): Promise<AttemptRow[]> {
  const of = { link: link._id, learner, graded: true, limit: 200 };
  const { attempts } = await listAttempts(ctx, link.workspace, of);
  if (attempts.length === 0) throw new NotFound(t('teacher.aLearner'));
  return attempts.toSorted((a, b) => b.attempt.number - a.attempt.number);
}

/** One of them, by its id. */
export function pick(work: AttemptRow[], attempt: string | undefined): AttemptRow {
  const found = attempt === undefined ? work[0] : work.find((row) => row.attempt._id === attempt);
  if (!found) throw new NotFound(t('attempts.attempt'));
  return found;
}

/** What follows from a learner's last attempt follows from the one that the teacher saw: there may be a newer one by now. */
export function mustBeNewest(work: AttemptRow[], attempt: string): void {
  if (pick(work, attempt) !== work[0])
    throw new Conflict('changed', t('teacher.changed'), { detail: t('teacher.changed.detail') });
}

/** The page of one learner: every attempt, what was answered, and how the grade went. */
export async function showLearner(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  { learner: id, attempt, ...back }: WantedLearner,
  said?: string,
): Promise<void> {
  const { link, platform, course } = visit;
  const work = await workOf(ctx, visit, id);
  const chosen = pick(work, attempt);
  const [inspected, frame, grades, log] = await Promise.all([
    inspectAttempt(ctx, link.workspace, chosen.attempt._id),
    frameOf(ctx, visit, 'learners'),
    gradesOf(ctx, link, [id]),
    readLog(ctx, chosen.attempt._id, { limit: 1 }),
  ]);
  const { attempt: record } = inspected;
  show(req, res, 'learner', {
    ...frame,
    said,
    back,
    learner: { id, name: nameOf(chosen.learner), email: chosen.learner.email },
    attempt: attemptView(inspected),
    work: work.map((row) => workRow(row, chosen)),
    grade: grades && gradeCard(grades.get(id), lmsOf(platform)),
    another: anotherOf(work, playRulesOf(course, link).attempts),
    log: { on: isLogged(ctx, record), until: record.log?.until, lines: log.total },
  });
}

function workRow({ attempt, version }: AttemptRow, chosen: AttemptRow) {
  return {
    id: attempt._id,
    number: attempt.number,
    current: attempt._id === chosen.attempt._id,
    chip: statusChip(statusOf(attempt.progress)),
    score: attempt.progress.score,
    time: duration(attempt.progress.seconds),
    version: version.number,
    startedAt: attempt.startedAt,
    savedAt: attempt.savedAt,
  };
}

/** The grade and its way, the last answer first. */
function gradeCard(row: DeliveryRecord | undefined, lms: string) {
  const answers = (row?.answers ?? []).toReversed().map(({ at, ok, text }) => ({ at, ok, text }));
  return { ...gradeWords(row, lms), answers };
}

/** May the learner have one more, and have they been given it? */
function anotherOf(work: AttemptRow[], most: number) {
  const { attempt } = work[0]!;
  const isBegun = statusOf(attempt.progress) !== 'not attempted';
  return { newest: attempt._id, used: work.length, most, allowed: attempt.another ?? 0, isBegun };
}
