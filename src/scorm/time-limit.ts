import { isLaunchable, leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import { parseInterval, parseTimespan } from './duration.ts';

/** How long a learner may take: seconds where that is said of the whole course; without, it holds for some parts. Undefined: no limit. */
export function timeLimitOf({ root }: CourseDefinition): { seconds?: number } | undefined {
  const whole = limitOf(root);
  if (whole) return { seconds: whole };
  const parts = leavesOf(root).filter(isLaunchable);
  const limits = parts.map(limitOf).filter((limit) => limit !== undefined);
  if (limits.length === 0) return undefined;
  return parts.length === 1 ? { seconds: limits[0] } : {};
}

/** SCORM 1.2 writes a timespan, 2004 an interval. */
function limitOf({ maxTimeAllowed = '' }: ActivityDefinition): number | undefined {
  return parseTimespan(maxTimeAllowed) || parseInterval(maxTimeAllowed) || undefined;
}
