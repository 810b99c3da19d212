import type { CourseRecord } from '../packages/course.model.ts';
import type { VersionSummary } from '../packages/describe.ts';
import { t } from '../web/text.ts';

/** A title as long as a book must not be one on a page. */
export function shorten(text: string, longest = 300): string {
  const letters = Array.from(text.slice(0, longest * 2 + 2));
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : text;
}

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
