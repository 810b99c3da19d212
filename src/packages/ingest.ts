import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { openArchive, type Archive } from './archive.ts';
import { courses, versions, type CourseRecord, type VersionRecord } from './course.model.ts';
import { getCourse } from './courses.ts';
import { limitsOf } from './limits.ts';
import { titled } from './manifest/activities.ts';
import { addVersion, publishNewest } from './publish.ts';
import { readPackage, type Package } from './read-package.ts';
import { unpack } from './unpack.ts';

type World = Pick<Context, 'db' | 'files' | 'now' | 'config' | 'log'>;

export type Upload = {
  /** The ZIP on this machine's disk. It is read, and left where it is. */
  path: string;
  workspace: string;
  /** The person or key that uploads. */
  by: string;
  /** Given: the upload is a new version of that course. */
  course?: string;
  /** The name of the ZIP, for a course that says no title. */
  filename?: string;
};

/**
 * Makes a playable version of an uploaded ZIP and publishes it: measure, read, unpack, keep, record. Everything wrong with the package
 * is thrown at once (InvalidPackage, 422), and then nothing of it is left behind.
 */
export async function ingestPackage(
  ctx: World,
  upload: Upload,
): Promise<{ course: CourseRecord; version: VersionRecord }> {
  if (upload.course !== undefined) await getCourse(ctx, upload.workspace, upload.course);
  const limits = limitsOf(ctx.config);
  const archive = await openArchive(upload.path, limits);
  try {
    const read = await readPackage(archive, nameOf(upload.filename), limits);
    const sha256 = await hashFile(upload.path);
    const id = newId('ver');
    const course = upload.course ?? newId('crs');
    await keepFiles(ctx, id, archive, read);
    // From here on a crash leaves a folder that nothing points to, never a record without its files.
    try {
      return await record(ctx, upload, course, id, read, sha256);
    } catch (error) {
      // What cannot be undone now is such a folder, too; the first error is the one to tell.
      await undo(ctx, upload, course, id).catch((cause: unknown) =>
        ctx.log.warn({ version: id, err: cause }),
      );
      throw error;
    }
  } finally {
    archive.close();
  }
}

async function keepFiles(ctx: World, version: string, archive: Archive, read: Package): Promise<void> {
  const staged = await ctx.files.stage();
  try {
    await unpack(archive, read.files, staged.path);
    await ctx.files.keep(version, staged.path);
  } finally {
    await staged.discard();
  }
}

async function record(ctx: World, upload: Upload, course: string, id: string, read: Package, sha256: string) {
  const { definition, description, files, warnings } = read;
  const { title, standard } = definition;
  const { workspace, by } = upload;
  const createdAt = ctx.now();
  const measured = { fileCount: files.length, bytes: sizeOf(files), sha256 };
  const own = { _id: id, course, workspace, title, standard, definition, warnings, createdAt, createdBy: by };
  const version = await addVersion(ctx, { ...own, ...measured });
  if (upload.course !== undefined) {
    const published = await publishNewest(ctx, course);
    // It was removed while the files were being unpacked.
    if (!published) throw new NotFound(t('packages.course'));
    return { course: published, version };
  }
  const times = { createdAt, updatedAt: createdAt };
  const made: CourseRecord = {
    _id: course,
    workspace,
    title,
    description,
    standard,
    published: id,
    ...times,
  };
  await courses(ctx.db).create([made]);
  return { course: made, version };
}

/** Takes back what `record` may have written, unless a course that is there may play it already. */
async function undo(ctx: World, upload: Upload, course: string, id: string): Promise<void> {
  if (upload.course === undefined) await courses(ctx.db).deleteOne({ _id: course });
  const alive = await courses(ctx.db).exists({ _id: course, removedAt: { $exists: false } });
  if (alive && (await versions(ctx.db).exists({ _id: id }))) return;
  await versions(ctx.db).deleteOne({ _id: id });
  await ctx.files.remove(id);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function sizeOf(files: Package['files']): number {
  return files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
}

/** `my_course-v2.zip` names a course `my course-v2`. */
function nameOf(filename = ''): string {
  const base = filename.replace(/^.*[/\\]/, '').replace(/\.zip$/i, '');
  return titled(base.replace(/[\p{Cc}_\s]+/gu, ' ').trim()) || t('packages.untitledCourse');
}
