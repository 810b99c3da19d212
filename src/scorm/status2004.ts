import type { ActivityDefinition } from './course.ts';
import type { ActivityState } from './engine.ts';
import { toNumber } from './values.ts';

/**
 * cmi.completion_status as it reads: a completion threshold overrides what the course says (RTE 4.2.4.1). Before the 4th edition it
 * did so only where the course reports a progress measure.
 */
export function completionOf(activity: ActivityDefinition, { cmi }: ActivityState): string {
  const { completionThreshold, thresholdYields } = activity;
  const said = cmi['cmi.completion_status'] ?? 'unknown';
  if (completionThreshold === undefined) return said;
  const measure = toNumber(cmi['cmi.progress_measure']);
  if (measure === undefined) return thresholdYields ? said : 'unknown';
  return measure >= completionThreshold ? 'completed' : 'incomplete';
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
