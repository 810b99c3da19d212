import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { Launch } from '../lti/verify-launch.ts';
import type { LinkRecord } from '../attempts/link.model.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { AppError } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { redirect } from '../web/redirect.ts';
import { t } from '../web/text.ts';
import { filters } from './finding.ts';
import { learnersFile, showLearners } from './learners.ts';
import { beginVisit, takeVisit, type Visit } from './visits.ts';

/** A course opened to look at, by somebody from an LMS: the player's address. (launch/open-course.ts has it.) */
export type OpenPreview = (
  ctx: Context,
  who: Pick<Launch, 'workspace' | 'platform' | 'deployment' | 'user' | 'returnUrl'>,
  course: CourseRecord,
) => Promise<string>;

const visitForm = z.object({ visit: z.string().max(100) });
export const listForm = visitForm.extend({
  search: z.string().max(200).catch(''),
  show: z.enum(filters).catch('all'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
  again: z.literal('yes').optional().catch(undefined),
});

/**
 * The page of a link, for who teaches: everything after it has been shown. It works in the LMS's frame without cookies and
 * without scripts, so every step is a form, and the visit's token in it is the key. Mounted at /link.
 */
export function teacherRoutes(ctx: Context, openPreview: OpenPreview): Router {
  const routes = Router();
  const form = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 200 });
  routes.use(...pageHeaders('platforms'), noStore, form);

  routes.post('/learners', async (req, res) => {
    const wanted = parse(listForm, req.body ?? {}, t('teacher.form'));
    await showLearners(ctx, req, res, await takeVisit(ctx, wanted.visit), wanted);
  });
  routes.post('/learners/file', async (req, res) => {
    const wanted = parse(listForm, req.body ?? {}, t('teacher.form'));
    const { name, text } = await learnersFile(ctx, await takeVisit(ctx, wanted.visit), wanted);
    res.attachment(name).type('text/csv; charset=utf-8').send(text);
  });
  routes.post('/preview', async (req, res) => {
    const visit = await visitOf(req);
    const { platform, deployment, user, course } = visit;
    const { workspace } = course;
    // It opens in a window of its own, whose "return" would lead to a second copy of the LMS.
    const who = { workspace, platform, deployment, user: { ...user, roles: [] }, returnUrl: undefined };
    redirect(res, 303, await openPreview(ctx, who, course));
  });

  routes.all(/./, () => {
    throw new AppError(405, 'method', t('teacher.method'), { detail: t('teacher.method.detail') });
  });
  return routes;

  function visitOf(req: Request): Promise<Visit> {
    return takeVisit(ctx, parse(visitForm, req.body ?? {}, t('teacher.form')).visit);
  }
}

/** The page of a link, as the answer to the launch of somebody who teaches. */
export async function showLink(
  ctx: Context,
  req: Request,
  res: Response,
  launch: Launch,
  link: LinkRecord,
): Promise<void> {
  const visit = await takeVisit(ctx, await beginVisit(ctx, launch, link));
  await showLearners(ctx, req, res, visit, listForm.parse({ visit: visit.token }));
}
