import type { Request, Response } from 'express';
import { inspectAttempt } from '../attempts/inspect.ts';
import { isLogged, readLog } from '../attempts/log.ts';
import type { Context } from '../context.ts';
import { logRow, logText } from '../display/log.ts';
import type { Listing } from './forms.ts';
import { frameOf } from './frame.ts';
import { nameOf } from './learner-row.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

type WantedLog = Listing & { learner: string; attempt: string; errors?: 'yes'; skip: number };

const perPage = 200;

/** What an attempt's course has called, while somebody wanted it kept. */
export async function showLog(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  { learner: id, attempt: attemptId, errors, skip, ...back }: WantedLog,
): Promise<void> {
  const [inspected, log, frame] = await Promise.all([
    inspectAttempt(ctx, visit.link.workspace, attemptId),
    readLog(ctx, attemptId, { errors: errors === 'yes', skip, limit: perPage }),
    frameOf(ctx, visit, 'learners'),
  ]);
  const { attempt, learner, course, activities } = inspected;
  const rows = log.lines.map((line) => logRow(line, course.standard));
  show(req, res, 'log', {
    ...frame,
    back,
    learner: { id, name: nameOf(learner) },
    attempt: { id: attemptId, number: attempt.number },
    log: {
      on: isLogged(ctx, attempt),
      total: log.total,
      dropped: log.dropped,
      filtered: errors === 'yes',
      rows: activities.length > 1 ? rows : rows.map((row) => ({ ...row, activity: undefined })),
      older: log.older ? skip + perPage : undefined,
      newest: skip > 0,
    },
  });
}

/** Says what is lost, before it is. */
export async function askToForget(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  { learner: id, attempt: attemptId, ...back }: Listing & { learner: string; attempt: string },
): Promise<void> {
  const [{ attempt, learner }, log, frame] = await Promise.all([
    inspectAttempt(ctx, visit.link.workspace, attemptId),
    readLog(ctx, attemptId, { limit: 1 }),
    frameOf(ctx, visit, 'learners'),
  ]);
  show(req, res, 'forget-log', {
    ...frame,
    back,
    learner: { id, name: nameOf(learner) },
    attempt: { id: attemptId, number: attempt.number },
    lines: log.total,
  });
}

/** The same as text, as support people want it. */
export async function logFile(ctx: Context, { link }: Visit, attempt: string): Promise<string> {
  const { course } = await inspectAttempt(ctx, link.workspace, attempt);
  return logText((await readLog(ctx, attempt)).lines, course.standard);
}
