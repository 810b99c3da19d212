import type { Context } from '../context.ts';
import { lmsOf } from '../lti/lms-name.ts';
import { getVersion } from '../packages/courses.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';
import type { Visit } from './visits.ts';

export const sections = ['learners', 'report', 'rules'] as const;
export type Section = (typeof sections)[number];

/** What stands on top of every page of a link: what it is, its preview, and its sections. */
export async function frameOf(
  ctx: Pick<Context, 'db'>,
  { token, link, course, platform }: Visit,
  section: Section,
) {
  const { number: version } = await getVersion(ctx, course.published);
  const title = link.title || course.title;
  return {
    visit: token,
    lms: shorten(lmsOf(platform), 60),
    link: {
      title: shorten(title, 200),
      course: course.title === title ? undefined : shorten(course.title, 200),
      context: link.context?.title ? shorten(link.context.title, 100) : undefined,
      version,
    },
    sections: sections.map((name) => ({
      action: `/link/${name}`,
      text: t(`teacher.section.${name}`),
      current: name === section,
    })),
  };
}
