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

type World = Pick<Context, 'db' | 'files' | 'now' | 'config'>;

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
    await keepFiles(ctx, id, archive, read);
    // From here on a crash leaves a folder that nothing points to, never a record without its files.
    try {
      return await record(ctx, upload, id, read, { sha256, bytes: sizeOf(read) });
    } catch (error) {
      await versions(ctx.db).deleteOne({ _id: id });
      await ctx.files.remove(id);
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

async function record(
  ctx: World,
  upload: Upload,
  id: string,
  read: Package,
  measured: { sha256: string; bytes: number },
) {
  const { definition } = read;
  const { title, standard } = definition;
  const { workspace } = upload;
  const now = ctx.now();
  const course = upload.course ?? newId('crs');
  const version = await addVersion(ctx, {
    _id: id,
    course,
    workspace,
    title,
    standard,
    definition,
    ...measured,
    fileCount: read.files.length,
    warnings: read.warnings,
    createdAt: now,
    createdBy: upload.by,
  });
  if (upload.course !== undefined) {
    const updated = await publishNewest(ctx, course);
    // It was removed while the files were being unpacked.
    if (!updated) throw new NotFound(t('packages.course'));
    return { course: updated, version };
  }
  const made: CourseRecord = {
    _id: course,
    workspace,
    title,
    description: read.description,
    standard,
    published: id,
    createdAt: now,
    updatedAt: now,
  };
  await courses(ctx.db).create([made]);
  return { course: made, version };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function sizeOf(read: Package): number {
  return read.files.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
}

/** `my_course-v2.zip` names a course `my course-v2`. */
function nameOf(filename = ''): string {
  const base = filename.replace(/^.*[/\\]/, '').replace(/\.zip$/i, '');
  return titled(base.replace(/[\p{Cc}_\s]+/gu, ' ').trim()) || t('packages.untitledCourse');
}
