import type { Config } from '../config.ts';
import type { DeepLinking } from '../lti/claims.ts';
import type { LinkItem } from '../lti/deep-linking.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { asksForReviews, datesTaken, heedsLabels, heedsTargets } from '../lti/quirks.ts';
import { columnTag, toolOf } from '../lti/tool.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { windowsOf, type Dates } from './dates.ts';

/** Something can be seen of everybody who has begun. */
const reviewableStatus = ['Started', 'InProgress', 'Submitted', 'Completed'];

/** A course as a teacher picked it. No points: no column in the gradebook. */
export type Pick = { course: CourseRecord; points?: number; label?: string; dates?: Dates };

/**
 * The link that goes to the platform for a pick. Which course it is, and for how many points it was picked, stands in `custom`,
 * which the platform signs into every launch: not all of them make a column of the link (open-course.ts).
 */
export function linkItem(
  config: Config,
  { family, settings, shown }: Door & { shown?: Shown },
  { course, points, label, dates = {} }: Pick,
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
    ...(keepsDates({ family, settings }, graded) ? windowsOf(dates) : {}),
    ...shownIn(settings.targets, shown),
  };
}

/** Only a plain "no" is one: Moodle and Canvas say nothing and take it (LTI DL 2.0 §4.4.1). */
export function takesLineItem(settings: DeepLinking): boolean {
  return settings.acceptLineItem !== false;
}

type Door = { family: PlatformFamily; settings: DeepLinking };

/** Would the platform keep dates of a link with so many points? */
export function keepsDates({ family }: Door, points: number | undefined): boolean {
  return datesTaken(family) === 'always' || (datesTaken(family) === 'with points' && Boolean(points));
}

/** Is there anything to which it would keep dates? */
export function takesDates(door: Door): boolean {
  return keepsDates(door, takesLineItem(door.settings) ? 1 : undefined);
}

/** May the column have a name of its own? */
export function takesLabel({ family, settings }: Door): boolean {
  return takesLineItem(settings) && heedsLabels(family);
}

/** Where the platform opens the link: in its page, or in a window. */
export type Shown = 'iframe' | 'window';

/** Is there a choice? (LTI DL 2.0 §4.4.1, accept_presentation_document_targets) */
export function offersBoth({ family, settings: { targets } }: Door): boolean {
  return heedsTargets(family) && targets.includes('iframe') && targets.includes('window');
}

/** One of the two, for a `window` beside an `iframe` makes Canvas open a tab. Without a wish: in the page, where the platform can. */
function shownIn(targets: string[], wish: Shown = 'iframe'): Partial<LinkItem> {
  const where = targets.includes(wish)
    ? wish
    : (['iframe', 'window'] as const).find((one) => targets.includes(one));
  if (where === 'iframe') return { iframe: { width: 1000, height: 720 } };
  return where ? { window: { targetName: '_blank' } } : {};
}
