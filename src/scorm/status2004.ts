import type { ActivityDefinition } from './course.ts';
import type { ActivityState } from './engine.ts';
import { toNumber } from './values.ts';

/** cmi.completion_status as it reads: a completion threshold overrides what the course says (RTE 4.2.4.1). */
export function completionOf(activity: ActivityDefinition, record: ActivityState): string {
  const { completionThreshold } = activity;
  if (completionThreshold !== undefined) {
    const measure = toNumber(record.cmi['cmi.progress_measure']);
    if (measure === undefined) return 'unknown';
    return measure >= completionThreshold ? 'completed' : 'incomplete';
  }
  return record.cmi['cmi.completion_status'] ?? 'unknown';
}

/** cmi.success_status as it reads: a scaled passing score overrides what the course says (RTE 4.2.22.1). */
export function successOf(activity: ActivityDefinition, record: ActivityState): string {
  const { scaledPassingScore } = activity;
  if (scaledPassingScore !== undefined) {
    const scaled = toNumber(record.cmi['cmi.score.scaled']);
    if (scaled === undefined) return 'unknown';
    return scaled >= scaledPassingScore ? 'passed' : 'failed';
  }
  return record.cmi['cmi.success_status'] ?? 'unknown';
}
