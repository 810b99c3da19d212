import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { listCourses } from '../packages/courses.ts';
import { summariesOf } from '../packages/describe.ts';
import { AppError } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { receiveUpload } from '../web/upload.ts';
import { courseRow } from './present.ts';
import { takePackage, wantsJson } from './packages.ts';
import { visitorOf } from './visitor.ts';

const query = z.object({
  search: z.string().trim().max(200).catch('').default(''),
  cursor: z.string().max(200).optional(),
});

/** The list of courses, and adding one. */
export function coursesRoutes(ctx: Context): Router {
  const routes = Router();

  routes.get('/', (req, res) => showCourses(req, res));

  routes.post('/', receiveUpload(ctx.config), async (req, res) => {
    try {
      const { course } = await takePackage(ctx, req);
      const address = `/admin/courses/${course._id}?said=added`;
      if (wantsJson(req)) res.status(201).location(address).json({ address });
      else res.redirect(303, address);
    } catch (error) {
      if (!(error instanceof AppError) || wantsJson(req)) throw error;
      await showCourses(req, res.status(error.status), error);
    }
  });

  async function showCourses(req: Request, res: Response, refused?: AppError): Promise<void> {
    const { search, cursor } = parse(query, req.query, t('admin.query'));
    const { workspace } = visitorOf(req);
    const { courses, nextCursor } = await listCourses(ctx, workspace, { search, cursor, limit: 50 });
    const versions = await summariesOf(
      ctx,
      courses.map((course) => course.published),
    );
    const at = (more: Record<string, string>) =>
      `/admin/courses?${new URLSearchParams({ ...(search && { search }), ...more })}`;
    page(req, res, 'admin/courses', {
      courses: courses.map((course) => courseRow(course, versions.get(course.published))),
      search,
      refused: refused && { title: refused.message, detail: refused.detail, faults: refused.faults ?? [] },
      said: req.query.said,
      limit: ctx.config.maxUploadBytes,
      first: cursor ? at({}) : undefined,
      next: nextCursor ? at({ cursor: nextCursor }) : undefined,
    });
  }

  return routes;
}
