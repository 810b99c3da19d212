import { createHash } from 'node:crypto';
import { z } from 'zod';
import { rememberLearner } from '../attempts/learners.ts';
import { findOrCreateLink } from '../attempts/links.ts';
import { openLaunch } from '../attempts/open-launch.ts';
import type { Context } from '../context.ts';
import { findCourse } from '../packages/courses.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import type { Progress } from '../scorm/progress.ts';
import { newToken, sameSecret } from '../store/token.ts';
import { AppError, Forbidden } from '../web/errors.ts';
import { contentOrigin } from '../web/origins.ts';
import { t } from '../web/text.ts';
import { dispatches, type DispatchRecord } from './dispatch.model.ts';

const oneLine = (length: number) =>
  z
    .string()
    .max(length)
    .transform((text) => text.replace(/\p{Cc}+/gu, ' ').trim());

/** What the shell in the other LMS tells of who is there. Whoever holds the ZIP can say all of this: nothing of it is proof. */
export const dispatchLaunch = z.object({
  shellKey: z.string().max(100),
  /** As the LMS's API gives it: cmi.core.student_id, cmi.learner_id. */
  learnerId: oneLine(500),
  name: oneLine(500),
  /** What we answered the last time as `hint`, where the LMS kept it: it stands for a learner who has no id there. */
  hint: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,64}$/)
    .optional(),
  lmsOrigin: z.string().max(300).optional(),
  standard: z.enum(['scorm12', 'scorm2004']),
  mode: z.enum(['normal', 'browse', 'review']).default('normal'),
});

/** What the shell gets: where the course plays, and what we hold of this learner, so that its LMS can be brought up to date. */
export type DispatchOpened = { url: string; hint: string; snapshot: Progress & { revision: number } };

/** From a shell's word to the player: the address has the launch's one-time token in its fragment. */
export async function openDispatch(
  ctx: Pick<Context, 'db' | 'now' | 'config' | 'log'>,
  id: string,
  asked: z.infer<typeof dispatchLaunch>,
): Promise<DispatchOpened> {
  const dispatch = await openable(ctx, id, asked.shellKey);
  const course = await courseOf(ctx, dispatch);
  const who = identify(dispatch, asked);
  const learner = await rememberLearner(ctx, {
    workspace: dispatch.workspace,
    key: who.key,
    sub: who.sub,
    name: asked.name,
  });
  const link = await findOrCreateLink(ctx, {
    workspace: dispatch.workspace,
    kind: 'dispatch',
    key: `dispatch:${dispatch._id}`,
    course: course._id,
    title: dispatch.name,
  });
  const { attempt, token } = await openLaunch(
    ctx,
    { link, learner, course: course._id, graded: asked.mode !== 'browse' },
    { mode: asked.mode },
  );
  await dispatches(ctx.db).updateOne(
    { _id: dispatch._id },
    { $set: { launchedAt: ctx.now(), launchedFrom: asked.lmsOrigin ?? '' } },
  );
  return {
    url: `${contentOrigin(ctx.config, attempt.version)}/play#${token}`,
    hint: who.hint,
    snapshot: { ...attempt.progress, revision: attempt.revision },
  };
}

async function openable(ctx: Pick<Context, 'db'>, id: string, shellKey: string): Promise<DispatchRecord> {
  const dispatch = await dispatches(ctx.db).findOne({ _id: id }).lean<DispatchRecord>();
  if (!dispatch)
    throw new AppError(404, 'dispatch-unknown', t('dispatch.unknown.title'), {
      detail: t('dispatch.unknown.detail'),
    });
  if (!sameSecret(dispatch.shellKey, shellKey)) {
    throw new Forbidden('dispatch-key', t('dispatch.key.title'), { detail: t('dispatch.key.detail') });
  }
  if (dispatch.closedAt)
    throw new Forbidden('dispatch-closed', t('dispatch.closed.title'), {
      detail: t('dispatch.closed.detail'),
    });
  return dispatch;
}

async function courseOf(
  ctx: Pick<Context, 'db'>,
  { workspace, course }: DispatchRecord,
): Promise<CourseRecord> {
  const found = await findCourse(ctx, workspace, course);
  if (!found)
    throw new AppError(410, 'course-gone', t('dispatch.gone.title'), { detail: t('dispatch.gone.detail') });
  return found;
}

/** Learners of two dispatches are never the same person to us: each LMS counts its people from 1. */
function identify({ _id }: DispatchRecord, { learnerId, hint }: { learnerId: string; hint?: string }) {
  const nameless = hint || newToken();
  const key = `dispatch:${_id}:${digest(learnerId ? `id ${learnerId}` : `hint ${nameless}`)}`;
  return { key, sub: learnerId || nameless, hint: learnerId ? '' : nameless };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
