import type { Context } from '../context.ts';
import { newestFirst, type Page } from '../store/newest-first.ts';
import { findTogether } from '../store/together.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from './course.model.ts';

type Store = Pick<Context, 'db'>;

/** A course of a workspace that was not removed. */
export async function findCourse(
  ctx: Store,
  workspace: string,
  id: string,
): Promise<CourseRecord | undefined> {
  const course = await findTogether<CourseRecord>(courses(ctx.db), { _id: id });
  return course?.workspace === workspace && !course.removedAt ? course : undefined;
}

/** A course as it is, also one that was removed. */
export function findAnyCourse(ctx: Store, id: string): Promise<CourseRecord | undefined> {
  return findTogether<CourseRecord>(courses(ctx.db), { _id: id });
}

export async function getCourse(ctx: Store, workspace: string, id: string): Promise<CourseRecord> {
  const course = await findCourse(ctx, workspace, id);
  if (!course) throw new NotFound(t('packages.course'));
  return course;
}

/** A version, also of a removed course: attempts go on. */
export async function findVersion(ctx: Store, id: string): Promise<VersionRecord | undefined> {
  return findTogether<VersionRecord>(versions(ctx.db), { _id: id });
}

export async function getVersion(ctx: Store, id: string): Promise<VersionRecord> {
  const version = await findVersion(ctx, id);
  if (!version) throw new NotFound(t('packages.version'));
  return version;
}

/** A course's versions without their definitions, newest first. */
export async function listVersions(ctx: Store, course: string): Promise<Omit<VersionRecord, 'definition'>[]> {
  return versions(ctx.db).find({ course }, { definition: 0 }).sort({ number: -1 }).lean<VersionRecord[]>();
}

export type CoursePage = {
  courses: CourseRecord[];
  nextCursor?: string;
};

/** The courses of a workspace, newest first; `search` is a part of the title, in any case. */
export async function listCourses(
  ctx: Store,
  workspace: string,
  page: Page & { search?: string },
): Promise<CoursePage> {
  // A pattern must not have a null in it; no title has any such character.
  const search = page.search?.replaceAll(/\p{Cc}/gu, ' ').trim();
  const { rows, nextCursor } = await newestFirst(
    courses(ctx.db),
    'createdAt',
    {
      workspace,
      removedAt: { $exists: false },
      ...(search && { title: { $regex: search.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), $options: 'i' } }),
    },
    page,
  );
  return { courses: rows, nextCursor };
}

/** Takes a course out of lists and pickers. What learners did in it, and what they need to go on, stays. */
export async function removeCourse(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  id: string,
): Promise<void> {
  const gone = await courses(ctx.db).updateOne(
    { _id: id, workspace, removedAt: { $exists: false } },
    { $set: { removedAt: ctx.now(), updatedAt: ctx.now() } },
  );
  if (gone.matchedCount === 0) throw new NotFound(t('packages.course'));
}

/** Has a workspace ever had a course, removed ones included? */
export async function hasCourses(ctx: Store, workspace: string): Promise<boolean> {
  return (await courses(ctx.db).exists({ workspace })) !== null;
}
