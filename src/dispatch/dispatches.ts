import type { Context } from '../context.ts';
import { getCourse } from '../packages/courses.ts';
import { newId } from '../store/id.ts';
import { newToken } from '../store/token.ts';
import { Invalid, NotFound } from '../web/errors.ts';
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
  { course, limit, cursor }: { course?: string; limit: number; cursor?: string },
): Promise<{ dispatches: DispatchRecord[]; nextCursor?: string }> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const rows = await dispatches(ctx.db)
    .find({
      workspace,
      ...(course === undefined ? {} : { course }),
      ...(after && {
        $or: [
          { createdAt: { $lt: after.createdAt } },
          { createdAt: after.createdAt, _id: { $lt: after.id } },
        ],
      }),
    })
    .sort({ createdAt: -1, _id: -1 })
    .limit(limit + 1)
    .lean<DispatchRecord[]>();
  const last = rows[limit - 1];
  return {
    dispatches: rows.slice(0, limit),
    nextCursor: rows.length > limit && last ? cursorOf(last) : undefined,
  };
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

function cursorOf({ createdAt, _id }: DispatchRecord): string {
  return Buffer.from(`${createdAt.toISOString()} ${_id}`).toString('base64url');
}

function readCursor(cursor: string): { createdAt: Date; id: string } {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const createdAt = new Date(time);
  if (Number.isNaN(createdAt.getTime()) || !/^[a-z0-9_]+$/.test(id))
    throw new Invalid('bad-cursor', t('dispatch.cursor'));
  return { createdAt, id };
}
