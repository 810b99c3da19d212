import express, { Router, type Request, type Response } from 'express';
import type { Context } from '../context.ts';
import type { Launch } from '../lti/verify-launch.ts';
import type { LinkRecord } from '../attempts/link.model.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { AppError } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { redirect } from '../web/redirect.ts';
import { t } from '../web/text.ts';
import { listForm, sendForm, visitForm } from './forms.ts';
import { learnerRoutes } from './learner-routes.ts';
import { learnersFile, sendGrades, showLearners } from './learners.ts';
import { showReport } from './report.ts';
import { reportFile } from './report-file.ts';
import { saveRules, showRules } from './rules.ts';
import { beginVisit, takeVisit, type Visit } from './visits.ts';

/** A course opened to look at, by somebody from an LMS: the player's address. (launch/open-course.ts has it.) */
export type OpenPreview = (
  ctx: Context,
  who: Pick<Launch, 'workspace' | 'platform' | 'deployment' | 'timesOff' | 'user' | 'returnUrl'>,
  course: CourseRecord,
) => Promise<string>;

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
  routes.post('/learners/send', async (req, res) => {
    const { which, ...wanted } = parse(sendForm, req.body ?? {}, t('teacher.form'));
    const visit = await takeVisit(ctx, wanted.visit);
    const count = await sendGrades(ctx, visit, which);
    const said = t(count === 1 ? 'teacher.said.sent' : 'teacher.said.sentMany', { count });
    await showLearners(ctx, req, res, visit, wanted, said);
  });
  routes.use(learnerRoutes(ctx));
  routes.post('/rules', async (req, res) => showRules(ctx, req, res, await visitOf(req)));
  routes.post('/rules/save', async (req, res) => saveRules(ctx, req, res, await visitOf(req)));
  routes.post('/report', async (req, res) => showReport(ctx, req, res, await visitOf(req)));
  routes.post('/report/file', async (req, res) => {
    const { name, text } = await reportFile(ctx, await visitOf(req));
    res.attachment(name).type('text/csv; charset=utf-8').send(text);
  });
  routes.post('/preview', async (req, res) => {
    const visit = await visitOf(req);
    const { platform, deployment, timesOff, user, course } = visit;
    const { workspace } = course;
    // It opens in a window of its own, whose "return" would lead to a second copy of the LMS.
    const from = { workspace, platform, deployment, timesOff, returnUrl: undefined };
    redirect(res, 303, await openPreview(ctx, { ...from, user: { ...user, roles: [] } }, course));
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
