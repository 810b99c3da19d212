import type { ActivityDefinition } from '../../scorm/course.ts';
import { objectivesOf, sequencingOf, type SequencingCollection } from './sequencing.ts';
import { attribute, child, phrase, type Element } from './xml.ts';

/** What SCORM 2004 says of an item (CAM 3.4.1) as far as the run-time needs it. */
export function details2004(item: Element, shared: SequencingCollection): Partial<ActivityDefinition> {
  const sequencing = sequencingOf(item, shared);
  return {
    timeLimitAction: phrase(child(item, 'timelimitaction'))?.toLowerCase(),
    dataFromLms: child(item, 'datafromlms')?.text || undefined,
    maxTimeAllowed: attribute(child(sequencing, 'limitconditions'), 'attemptabsolutedurationlimit'),
    completionThreshold: completionThreshold(child(item, 'completionthreshold')),
    ...objectivesOf(sequencing),
  };
}

/** An attribute since the 4th edition, which counts only with completedByMeasure (CAM 4th 3.4.1.13); the text before it. */
function completionThreshold(element: Element | undefined): number | undefined {
  if (!element) return undefined;
  const isFourth =
    element.attributes.has('completedbymeasure') || element.attributes.has('minprogressmeasure');
  if (isFourth && !/^(true|1)$/i.test(attribute(element, 'completedbymeasure') ?? '')) return undefined;
  const written = isFourth ? (attribute(element, 'minprogressmeasure') ?? '1') : element.text.trim();
  const measure = Number(written);
  return written !== '' && measure >= 0 && measure <= 1 ? measure : undefined;
}
