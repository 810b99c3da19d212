import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { changePlayRules } from '../attempts/completion-rule.ts';
import { listAttempts } from '../attempts/list.ts';
import type { Context } from '../context.ts';
import { namesOfPeople } from '../access/people.ts';
import {
  closeDispatch,
  createDispatch,
  getDispatch,
  listDispatches,
  reopenDispatch,
} from '../dispatch/dispatches.ts';
import { buildDispatchZip, dispatchZipName } from '../dispatch/zip.ts';
import { formOf, playSection, readPlayForm } from '../display/play-form.ts';
import { getCourse, getVersion, listVersions, removeCourse } from '../packages/courses.ts';
import { describeCourse } from '../packages/describe.ts';
import { playRulesOf } from '../packages/play-rules.ts';
import { AppError } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { receiveUpload } from '../web/upload.ts';
import { attemptRow } from './attempt-row.ts';
import { checkForm } from './own-requests.ts';
import { takePackage, wantsJson } from './packages.ts';
import { shorten } from '../web/shorten.ts';
import { courseRow } from './present.ts';
import { previewAddress } from './preview.ts';
import { visitorOf } from './visitor.ts';

const query = z.object({ cursor: z.string().max(200).optional() });
const describeForm = z.object({
  title: z.string().trim().min(1).max(500),
  description: z.string().trim().max(5000).default(''),
});
const standard = z.enum(['scorm12', 'scorm2004']);
const dispatchForm = z.object({ name: z.string().trim().max(200).default(''), standard });
const turnForm = z.object({ turn: z.enum(['on', 'off']) });

type Shown = {
  refused?: AppError;
  form?: { title: string; description: string; fault: string };
  play?: ReturnType<typeof readPlayForm>;
};

/** One course: its versions, where it is used, how it goes. */
export function courseRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/:id', (req, res) => showCourse(req, res, {}));

  routes.post('/:id', checkForm, async (req, res) => {
    const form = describeForm.safeParse(req.body);
    const { id } = req.params;
    if (!form.success) {
      const { title, description } = (req.body ?? {}) as Record<string, unknown>;
      const typed = {
        title: String(title ?? '').slice(0, 500),
        description: String(description ?? '').slice(0, 5000),
      };
      return showCourse(req, res.status(422), { form: { ...typed, fault: t('admin.course.noTitle') } });
    }
    await describeCourse(ctx, visitorOf(req).workspace, String(id), form.data);
    res.redirect(303, `/admin/courses/${id}?said=saved`);
  });

  routes.post('/:id/play', checkForm, async (req, res) => {
    const play = readPlayForm(req.body);
    if (!play.rules) return showCourse(req, res.status(422), { play });
    const { id } = req.params;
    await changePlayRules(ctx, visitorOf(req).workspace, String(id), play.rules);
    res.redirect(303, `/admin/courses/${id}?said=play#play`);
  });

  routes.post('/:id/versions', receiveUpload(ctx.config), async (req, res) => {
    try {
      const { course } = await takePackage(ctx, req, String(req.params.id));
      const address = `/admin/courses/${course._id}?said=version`;
      if (wantsJson(req)) res.status(201).location(address).json({ address });
      else res.redirect(303, address);
    } catch (error) {
      if (!(error instanceof AppError) || error.status === 404 || wantsJson(req)) throw error;
      await showCourse(req, res.status(error.status), { refused: error });
    }
  });

  routes.post('/:id/preview', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    res.redirect(303, await previewAddress(ctx, { workspace, person, course: String(req.params.id) }));
  });

  routes.post('/:id/dispatches', checkForm, async (req, res) => {
    const { workspace, person } = visitorOf(req);
    const form = parse(dispatchForm, req.body, t('admin.form'));
    const dispatch = await createDispatch(ctx, {
      workspace,
      course: String(req.params.id),
      name: form.name,
      by: person._id,
    });
    await sendZip(res, dispatch, form.standard);
  });

  routes.get('/:id/dispatches/:dispatch/:standard.zip', async (req, res) => {
    const dispatch = await getDispatch(ctx, visitorOf(req).workspace, req.params.dispatch);
    await sendZip(res, dispatch, parse(standard, req.params.standard));
  });

  routes.post('/:id/dispatches/:dispatch', checkForm, async (req, res) => {
    const turn = parse(turnForm, req.body).turn === 'on' ? reopenDispatch : closeDispatch;
    await turn(ctx, visitorOf(req).workspace, String(req.params.dispatch));
    res.redirect(303, `/admin/courses/${req.params.id}?said=dispatch#dispatches`);
  });

  // The question that a dialog asks, for browsers without scripts.
  routes.get('/:id/remove', async (req, res) => {
    const course = await getCourse(ctx, visitorOf(req).workspace, req.params.id);
    page(req, res, 'admin/remove-course', { course: courseRow(course, undefined) });
  });

  routes.post('/:id/remove', checkForm, async (req, res) => {
    await removeCourse(ctx, visitorOf(req).workspace, String(req.params.id));
    res.redirect(303, '/admin/courses?said=removed');
  });

  async function sendZip(
    res: Response,
    dispatch: Parameters<typeof buildDispatchZip>[1],
    standard: 'scorm12' | 'scorm2004',
  ): Promise<void> {
    const zip = await buildDispatchZip(ctx, dispatch, standard);
    res.attachment(dispatchZipName(dispatch, standard)).type('zip').send(zip);
  }

  async function showCourse(req: Request, res: Response, { refused, form, play }: Shown): Promise<void> {
    const { cursor } = parse(query, req.query, t('admin.query'));
    const { workspace } = visitorOf(req);
    const course = await getCourse(ctx, workspace, String(req.params.id));
    const [{ definition }, versions, attempts, dispatches] = await Promise.all([
      getVersion(ctx, course.published),
      listVersions(ctx, course._id),
      listAttempts(ctx, workspace, { course: course._id, limit: 25, cursor }),
      listDispatches(ctx, workspace, { course: course._id, limit: 100 }),
    ]);
    const names = await namesOfPeople(
      ctx,
      versions.map(({ createdBy }) => createdBy),
    );
    const published = versions.find(({ _id }) => _id === course.published);
    page(req, res, 'admin/course', {
      said: req.query.said,
      refused: refused && { title: refused.message, detail: refused.detail, faults: refused.faults ?? [] },
      course: {
        ...courseRow(course, published),
        createdAt: course.createdAt,
        warnings: published?.warnings ?? [],
      },
      form: form ?? { title: course.title, description: course.description, fault: undefined },
      play: playSection(definition, play?.form ?? formOf(playRulesOf(course)), play?.faults ?? []),
      limit: ctx.config.maxUploadBytes,
      versions: versions.map((version) => ({
        number: version.number,
        published: version._id === course.published,
        title: shorten(version.title, 200),
        createdAt: version.createdAt,
        by: names.get(version.createdBy),
        files: version.fileCount,
        bytes: version.bytes,
        warnings: version.warnings.length,
      })),
      attempts: attempts.attempts.map(attemptRow),
      first: cursor ? `/admin/courses/${course._id}` : undefined,
      next: attempts.nextCursor
        ? `/admin/courses/${course._id}?${new URLSearchParams({ cursor: attempts.nextCursor })}#attempts`
        : undefined,
      dispatches: dispatches.dispatches.map((dispatch) => ({
        address: `/admin/courses/${course._id}/dispatches/${dispatch._id}`,
        name: shorten(dispatch.name, 100),
        createdAt: dispatch.createdAt,
        closed: dispatch.closedAt !== undefined,
        launchedAt: dispatch.launchedAt,
        launchedFrom: dispatch.launchedFrom,
      })),
    });
  }

  return routes;
}
