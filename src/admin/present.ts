import type { CourseRecord } from '../packages/course.model.ts';
import type { VersionSummary } from '../packages/describe.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';

export function courseRow(course: CourseRecord, version: VersionSummary | undefined) {
  return {
    address: `/admin/courses/${course._id}`,
    title: shorten(course.title),
    description: shorten(course.description, 200),
    standard: t(`admin.standard.${course.standard}`),
    version: version?.number ?? 0,
    bytes: version?.bytes ?? 0,
    warnings: version?.warnings.length ?? 0,
    updatedAt: course.updatedAt,
  };
}
