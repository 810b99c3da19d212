import type { Request } from 'express';
import type { Context } from '../context.ts';
import { ingestPackage } from '../packages/ingest.ts';
import { Invalid } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { removeUpload } from '../web/upload.ts';
import { checkToken } from './own-requests.ts';
import { visitorOf } from './visitor.ts';

/** Makes the received file a course, or a new version of `course`; the file is gone afterwards in every case. */
export async function takePackage(
  ctx: Context,
  req: Request,
  course?: string,
): ReturnType<typeof ingestPackage> {
  const { file } = req;
  try {
    checkToken(req);
    if (!file) throw new Invalid('no-file', t('admin.noFile.title'), { detail: t('admin.noFile.detail') });
    const { workspace, person } = visitorOf(req);
    return await ingestPackage(ctx, {
      path: file.path,
      filename: file.originalname,
      workspace,
      by: person._id,
      course,
    });
  } finally {
    await removeUpload(file);
  }
}

/** Does a script of ours ask, or a form? */
export function wantsJson(req: Request): boolean {
  return req.accepts(['html', 'json']) === 'json';
}
