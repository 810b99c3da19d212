import type { Request, Response } from 'express';
import { keyOfLearner } from '../attempts/learners.ts';
import { resetLearner } from '../attempts/remove.ts';
import type { AttemptRow } from '../attempts/list.ts';
import type { Context } from '../context.ts';
import { lmsOf } from '../lti/lms-name.ts';
import { duration } from '../display/duration.ts';
import { t } from '../web/text.ts';
import { gradesOf } from './class.ts';
import { gradeWords } from './grade-words.ts';
import { frameOf } from './frame.ts';
import type { WantedLearner } from './learner.ts';
import { nameOf } from './learner-row.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

/** Says what is lost, before it is. */
export async function askForReset(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  work: AttemptRow[],
  { learner: id, ...back }: WantedLearner,
): Promise<void> {
  const [frame, grades] = await Promise.all([
    frameOf(ctx, visit, 'learners'),
    gradesOf(ctx, visit.link, [id]),
  ]);
  const lms = lmsOf(visit.platform);
  show(req, res, 'reset', {
    ...frame,
    back,
    learner: { id, name: nameOf(work[0]!.learner) },
    newest: work[0]!.attempt._id,
    lost: lossesOf(work, gradeWords(grades?.get(id), lms).state !== 'none', lms),
  });
}

/** Throws away all that a learner did on the link, so that they begin anew. */
export async function reset(ctx: Context, visit: Visit, learner: string): Promise<void> {
  const { workspace, _id: link } = visit.link;
  await resetLearner(ctx, { workspace, link, learner }, byOf(visit));
}

/** How a teacher is known where it is kept who wanted something: by the key of a learner of their platform. */
export function byOf({ platform, user }: Pick<Visit, 'platform' | 'user'>): string {
  return keyOfLearner(platform._id, user.sub);
}

function lossesOf(work: AttemptRow[], hasGrade: boolean, lms: string): string[] {
  const seconds = work.reduce((sum, { attempt }) => sum + attempt.progress.seconds, 0);
  const values = { count: work.length, time: duration(seconds), lms };
  return [
    t(work.length === 1 ? 'teacher.reset.attempt' : 'teacher.reset.attempts', values),
    ...(hasGrade ? [t('teacher.reset.grade', values)] : []),
    t('teacher.reset.open', values),
  ];
}
