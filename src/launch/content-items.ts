import type { Config } from '../config.ts';
import type { DeepLinking } from '../lti/claims.ts';
import type { LinkItem } from '../lti/deep-linking.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { asksForReviews } from '../lti/quirks.ts';
import { columnTag, toolOf } from '../lti/tool.ts';
import type { CourseRecord } from '../packages/course.model.ts';

/** Something can be seen of everybody who has begun. */
const reviewableStatus = ['Started', 'InProgress', 'Submitted', 'Completed'];

/** A course as a teacher picked it. No points: no column in the gradebook. */
export type Pick = { course: CourseRecord; points?: number; label?: string };

/**
 * The link that goes to the platform for a pick. Which course it is, and for how many points it was picked, stands in `custom`,
 * which the platform signs into every launch: not all of them make a column of the link (open-course.ts).
 */
export function linkItem(
  config: Config,
  { family, settings }: { family: PlatformFamily; settings: DeepLinking },
  { course, points, label }: Pick,
): LinkItem {
  const tool = toolOf(config);
  const graded = points && takesLineItem(settings) ? points : undefined;
  return {
    type: 'ltiResourceLink',
    // Always there: Blackboard calls a link without it invalid, Moodle would open the tool's own address.
    url: tool.launchUrl,
    title: course.title,
    ...(course.description ? { text: course.description.slice(0, 1000) } : {}),
    icon: { url: tool.iconUrl },
    custom: { course: course._id, ...(graded ? { points: String(graded) } : {}) },
    ...(graded
      ? {
          lineItem: {
            scoreMaximum: graded,
            label: label || course.title,
            resourceId: course._id,
            tag: columnTag,
            ...(asksForReviews(family) ? { submissionReview: { reviewableStatus } } : {}),
          },
        }
      : {}),
    ...shownIn(settings.targets),
  };
}

/** Only a plain "no" is one: Moodle and Canvas say nothing and take it (LTI DL 2.0 §4.4.1). */
export function takesLineItem(settings: DeepLinking): boolean {
  return settings.acceptLineItem !== false;
}

/** In the page where the platform can, else in a window: a `window` beside an `iframe` makes Canvas open a tab. */
function shownIn(targets: string[]): Partial<LinkItem> {
  if (targets.length === 0) return {};
  if (targets.includes('iframe')) return { iframe: { width: 1000, height: 720 } };
  return targets.includes('window') ? { window: { targetName: '_blank' } } : {};
}
