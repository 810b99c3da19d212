import { json, Router } from 'express';
import { z } from 'zod';
import { changePlayRules } from '../attempts/completion-rule.ts';
import type { Context } from '../context.ts';
import { getCourse, getVersion, listCourses, removeCourse } from '../packages/courses.ts';
import { ingestPackage } from '../packages/ingest.ts';
import { playRulesBody } from '../packages/play-rules.ts';
import { Invalid } from '../web/errors.ts';
import { parse } from '../web/parse.ts';
import { t } from '../web/text.ts';
import { receiveUpload, removeUpload } from '../web/upload.ts';
import { callerOf, needs } from './authenticate.ts';
import { paging } from './paging.ts';
import { presentCourse } from './present.ts';

const change = z.strictObject({ play: playRulesBody });
const list = paging.extend({ search: z.string().max(200).optional() });

export function courseRoutes(ctx: Context): Router {
  const routes = Router();

  routes.post('/', needs('courses:write'), receiveUpload(ctx.config), async (req, res) => {
    const { course, version } = await ingest(req);
    res.status(201).location(`/api/v1/courses/${course._id}`).json(presentCourse(course, version));
  });

  routes.get('/', needs('courses:read'), async (req, res) => {
    const query = parse(list, req.query, t('api.query'));
    const { courses, nextCursor } = await listCourses(ctx, callerOf(req).workspace, query);
    const data = await Promise.all(
      courses.map(async (course) => presentCourse(course, await getVersion(ctx, course.published))),
    );
    res.json({ data, nextCursor: nextCursor ?? null });
  });

  routes.get('/:id', needs('courses:read'), async (req, res) => {
    const course = await getCourse(ctx, callerOf(req).workspace, String(req.params.id));
    res.json(presentCourse(course, await getVersion(ctx, course.published)));
  });

  routes.patch('/:id', needs('courses:write'), json({ limit: '16kb' }), async (req, res) => {
    const { play } = parse(change, req.body, t('api.change'), 422);
    const { workspace } = callerOf(req);
    const course = await changePlayRules(ctx, workspace, String(req.params.id), play);
    res.json(presentCourse(course, await getVersion(ctx, course.published)));
  });

  routes.delete('/:id', needs('courses:write'), async (req, res) => {
    await removeCourse(ctx, callerOf(req).workspace, String(req.params.id));
    res.status(204).end();
  });

  routes.post('/:id/versions', needs('courses:write'), receiveUpload(ctx.config), async (req, res) => {
    const existing = await getCourse(ctx, callerOf(req).workspace, String(req.params.id));
    const { course, version } = await ingest(req, existing._id);
    res.status(201).location(`/api/v1/courses/${course._id}`).json(presentCourse(course, version));
  });

  async function ingest(req: Parameters<typeof callerOf>[0], course?: string) {
    const file = req.file;
    if (!file) throw new Invalid('no-file', t('api.noFile.title'), { detail: t('api.noFile.detail') });
    try {
      const { workspace, key } = callerOf(req);
      return await ingestPackage(ctx, {
        path: file.path,
        filename: file.originalname,
        workspace,
        by: key,
        course,
      });
    } finally {
      await removeUpload(file);
    }
  }

  return routes;
}
