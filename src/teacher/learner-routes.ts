import { Router, type Request } from 'express';
import type { z } from 'zod';
import { allowAnother } from '../attempts/another.ts';
import { forgetLog, switchLog } from '../attempts/log.ts';
import { reviewAddress } from '../attempts/review.ts';
import type { Context } from '../context.ts';
import { checkStillTrusted } from '../lti/verify-launch.ts';
import { sendAgain } from '../outbox/deliveries.ts';
import { NotFound } from '../web/errors.ts';
import { redirect } from '../web/redirect.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { gradesOf } from './class.ts';
import { attemptForm, learnerForm, logForm, resetForm, turnForm, type visitForm } from './forms.ts';
import { mustBeNewest, pick, showLearner, workOf } from './learner.ts';
import { nameOf } from './learner-row.ts';
import { showLearners } from './learners.ts';
import { askToForget, logFile, showLog } from './log.ts';
import { askForReset, byOf, reset } from './reset.ts';
import { takeVisit, type Visit } from './visits.ts';

/** One learner, and what a teacher may do for them. */
export function learnerRoutes(ctx: Context): Router {
  const routes = Router();

  routes.post('/learner', async (req, res) => {
    const { visit, ...wanted } = await read(req, learnerForm);
    await showLearner(ctx, req, res, visit, wanted);
  });

  routes.post('/learner/send', async (req, res) => {
    const { visit, ...wanted } = await read(req, learnerForm);
    await workOf(ctx, visit, wanted.learner);
    const row = (await gradesOf(ctx, visit.link, [wanted.learner]))?.get(wanted.learner);
    if (!row || !(await sendAgain(ctx, visit.link.workspace, row._id)))
      throw new NotFound(t('teacher.aGrade'));
    await showLearner(ctx, req, res, visit, wanted, t('teacher.said.sent'));
  });

  routes.post('/learner/another', async (req, res) => {
    const { visit, ...wanted } = await read(req, attemptForm);
    mustBeNewest(await workOf(ctx, visit, wanted.learner), wanted.attempt);
    await allowAnother(ctx, visit.link.workspace, wanted.attempt);
    await showLearner(ctx, req, res, visit, wanted, t('teacher.said.another'));
  });

  routes.post('/learner/reset', async (req, res) => {
    const { visit, sure, ...wanted } = await read(req, resetForm);
    const work = await workOf(ctx, visit, wanted.learner);
    mustBeNewest(work, wanted.attempt);
    if (!sure) return askForReset(ctx, req, res, visit, work, wanted);
    await reset(ctx, visit, wanted.learner);
    const name = nameOf(work[0]!.learner);
    await showLearners(ctx, req, res, visit, wanted, t('teacher.said.reset', { name }));
  });

  routes.post('/learner/look', async (req, res) => {
    const { visit, ...wanted } = await read(req, attemptForm);
    const { attempt } = pick(await workOf(ctx, visit, wanted.learner), wanted.attempt);
    const address = await reviewAddress(ctx, attempt, { deployment: visit.deployment._id });
    // Of one that was just being made while somebody switched the LMS off, nobody gets the token.
    await checkStillTrusted(ctx, visit);
    redirect(res, 303, address);
  });

  routes.post('/learner/log', async (req, res) => {
    const { visit, turn, ...wanted } = await read(req, turnForm);
    const { attempt } = pick(await workOf(ctx, visit, wanted.learner), wanted.attempt);
    await switchLog(ctx, visit.link.workspace, attempt._id, { on: turn === 'on', by: byOf(visit) });
    await showLearner(ctx, req, res, visit, wanted, t(`teacher.said.log.${turn}`));
  });
  routes.post('/learner/log/lines', async (req, res) => {
    const { visit, ...wanted } = await read(req, logForm);
    pick(await workOf(ctx, visit, wanted.learner), wanted.attempt);
    await showLog(ctx, req, res, visit, wanted);
  });
  routes.post('/learner/log/file', async (req, res) => {
    const { visit, learner, attempt } = await read(req, attemptForm);
    pick(await workOf(ctx, visit, learner), attempt);
    const text = await logFile(ctx, visit, attempt);
    res.attachment(`${attempt}-log.txt`).type('text').send(text);
  });
  routes.post('/learner/log/delete', async (req, res) => {
    const { visit, sure, ...wanted } = await read(req, resetForm);
    const { attempt } = pick(await workOf(ctx, visit, wanted.learner), wanted.attempt);
    if (!sure) return askToForget(ctx, req, res, visit, wanted);
    await forgetLog(ctx, attempt._id);
    await showLearner(ctx, req, res, visit, wanted, t('teacher.said.log.deleted'));
  });
  return routes;

  /** What a form sends, with the visit itself in the place of its token. */
  async function read<T extends z.ZodType<z.infer<typeof visitForm>>>(
    req: Request,
    schema: T,
  ): Promise<Omit<z.infer<T>, 'visit'> & { visit: Visit }> {
    const { visit, ...wanted } = parse(schema, req.body ?? {}, t('teacher.form'));
    return { ...wanted, visit: await takeVisit(ctx, visit) };
  }
}
