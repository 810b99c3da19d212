import type { Context } from '../context.ts';
import { getCourse } from '../packages/courses.ts';
import { newId } from '../store/id.ts';
import { newestFirst, type Page } from '../store/newest-first.ts';
import { newToken } from '../store/token.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { dispatches, type DispatchRecord } from './dispatch.model.ts';

type Reading = Pick<Context, 'db'>;
type Writing = Pick<Context, 'db' | 'now'>;

/** Makes a dispatch of a course of the workspace (NotFound otherwise); `by` is the person or key that asked. */
export async function createDispatch(
  ctx: Writing,
  { workspace, course, name, by }: { workspace: string; course: string; name: string; by: string },
): Promise<DispatchRecord> {
  const { _id, title } = await getCourse(ctx, workspace, course);
  const record: DispatchRecord = {
    _id: newId('dsp'),
    workspace,
    course: _id,
    name: name.trim() || title,
    shellKey: newToken(),
    createdAt: ctx.now(),
    createdBy: by,
  };
  await dispatches(ctx.db).create(record);
  return record;
}

export async function findDispatch(
  ctx: Reading,
  workspace: string,
  id: string,
): Promise<DispatchRecord | undefined> {
  return (await dispatches(ctx.db).findOne({ _id: id, workspace }).lean<DispatchRecord>()) ?? undefined;
}

export async function getDispatch(ctx: Reading, workspace: string, id: string): Promise<DispatchRecord> {
  const dispatch = await findDispatch(ctx, workspace, id);
  if (!dispatch) throw new NotFound(t('dispatch.noun'));
  return dispatch;
}

/** The dispatches of a workspace, or of one course of it, newest first. */
export async function listDispatches(
  ctx: Reading,
  workspace: string,
  { course, ...page }: Page & { course?: string },
): Promise<{ dispatches: DispatchRecord[]; nextCursor?: string }> {
  const { rows, nextCursor } = await newestFirst(
    dispatches(ctx.db),
    'createdAt',
    { workspace, ...(course !== undefined && { course }) },
    page,
  );
  return { dispatches: rows, nextCursor };
}

/** No more launches through this dispatch. What its learners did stays; who is in the course may finish. */
export async function closeDispatch(ctx: Writing, workspace: string, id: string): Promise<DispatchRecord> {
  const { _id, closedAt } = await getDispatch(ctx, workspace, id);
  return change(ctx, _id, { $set: { closedAt: closedAt ?? ctx.now() } });
}

/** Takes {@link closeDispatch} back: the copies of the ZIP that are out there work again. */
export async function reopenDispatch(ctx: Reading, workspace: string, id: string): Promise<DispatchRecord> {
  const { _id } = await getDispatch(ctx, workspace, id);
  return change(ctx, _id, { $unset: { closedAt: 1 } });
}

async function change(ctx: Reading, _id: string, update: object): Promise<DispatchRecord> {
  const changed = await dispatches(ctx.db)
    .findOneAndUpdate({ _id }, update, { returnDocument: 'after' })
    .lean<DispatchRecord>();
  return changed!;
}
