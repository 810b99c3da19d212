import { courses, versions } from '../../src/packages/course.model.ts';
import { newId } from '../../src/store/id.ts';
import type { TestApp } from '../support/app.ts';

/** A course without files: enough to be picked and opened, much quicker than an upload. */
export async function addCourse(
  app: TestApp,
  title: string,
  workspace = 'wsp_test',
  description = '',
): Promise<string> {
  const [course, version] = [newId('crs'), newId('ver')];
  const at = app.ctx.now();
  const root = {
    id: 'root',
    title,
    kind: 'cluster' as const,
    visible: true,
    children: [
      { id: 'item_1', title, kind: 'sco' as const, href: 'index.html', visible: true, children: [] },
    ],
  };
  const definition = { standard: 'scorm12' as const, edition: '1.2', title, root };
  await versions(app.ctx.db).create({
    _id: version,
    course,
    workspace,
    number: 1,
    title,
    standard: 'scorm12',
    definition,
    fileCount: 1,
    bytes: 1,
    sha256: 'none',
    warnings: [],
    createdAt: at,
    createdBy: 'test',
  });
  await courses(app.ctx.db).create({
    _id: course,
    workspace,
    title,
    description,
    standard: 'scorm12',
    published: version,
    createdAt: at,
    updatedAt: at,
  });
  return course;
}
