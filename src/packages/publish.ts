import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from './course.model.ts';

/** Writes a version under the next number of its course; two at once get two numbers (the index on course and number is unique). */
export async function addVersion(
  ctx: Pick<Context, 'db'>,
  version: Omit<VersionRecord, 'number'>,
): Promise<VersionRecord> {
  for (;;) {
    const newest = await newestVersion(ctx, version.course);
    const record: VersionRecord = { ...version, number: (newest?.number ?? 0) + 1 };
    try {
      await versions(ctx.db).create([record]);
      return record;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
}

/**
 * Makes the newest version of a course the one that new attempts get; undefined if the course is gone. The title follows the new
 * version unless somebody gave the course another one. Uploads that end at the same time settle on the higher number.
 */
export async function publishNewest(
  ctx: Pick<Context, 'db' | 'now'>,
  course: string,
): Promise<CourseRecord | undefined> {
  for (;;) {
    const current = await courses(ctx.db)
      .findOne({ _id: course, removedAt: { $exists: false } })
      .lean<CourseRecord>();
    const newest = await newestVersion(ctx, course);
    if (!current || !newest || current.published === newest._id) return current ?? undefined;
    const before = await versions(ctx.db)
      .findOne({ _id: current.published }, { title: 1 })
      .lean<VersionRecord>();
    const title = !before || before.title === current.title ? newest.title : current.title;
    const updated = await courses(ctx.db)
      .findOneAndUpdate(
        { _id: course, published: current.published, removedAt: { $exists: false } },
        { $set: { published: newest._id, standard: newest.standard, title, updatedAt: ctx.now() } },
        { returnDocument: 'after' },
      )
      .lean<CourseRecord>();
    if (updated) return updated;
  }
}

async function newestVersion(ctx: Pick<Context, 'db'>, course: string): Promise<VersionRecord | undefined> {
  const newest = await versions(ctx.db)
    .findOne({ course }, { definition: 0 })
    .sort({ number: -1 })
    .lean<VersionRecord>();
  return newest ?? undefined;
}
