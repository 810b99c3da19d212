import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from './course.model.ts';
import type { PlayRules } from './play-rules.ts';

/** What lists show of a version: everything but its definition. */
export type VersionSummary = Omit<VersionRecord, 'definition'>;

/** Gives a course another title and description. Versions keep the title of their package. */
export async function describeCourse(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  id: string,
  to: { title: string; description: string },
): Promise<void> {
  const { title, description } = to;
  const changed = await courses(ctx.db).updateOne(
    { _id: id, workspace, removedAt: { $exists: false } },
    { $set: { title, description, updatedAt: ctx.now() } },
  );
  if (changed.matchedCount === 0) throw new NotFound(t('packages.course'));
}

/** Sets how a course is played; rules that are not given stay as they are. (What follows: attempts/completion-rule.ts.) */
export async function setPlayRules(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  id: string,
  rules: Partial<PlayRules>,
): Promise<CourseRecord> {
  const set = Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`play.${name}`, rule]));
  const course = await courses(ctx.db)
    .findOneAndUpdate(
      { _id: id, workspace, removedAt: { $exists: false } },
      { $set: { ...set, updatedAt: ctx.now() } },
      { returnDocument: 'after' },
    )
    .lean<CourseRecord>();
  if (!course) throw new NotFound(t('packages.course'));
  return course;
}

/** Versions by id, for lists. */
export async function summariesOf(
  ctx: Pick<Context, 'db'>,
  ids: string[],
): Promise<Map<string, VersionSummary>> {
  const found = await versions(ctx.db)
    .find({ _id: { $in: ids } }, { definition: 0 })
    .lean<VersionSummary[]>();
  return new Map(found.map((version) => [version._id, version]));
}

/** Courses of a workspace by id, removed ones too: what happened in them is still told. */
export async function coursesById(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  ids: string[],
): Promise<Map<string, CourseRecord>> {
  const found = await courses(ctx.db)
    .find({ _id: { $in: ids }, workspace })
    .lean<CourseRecord[]>();
  return new Map(found.map((course) => [course._id, course]));
}
