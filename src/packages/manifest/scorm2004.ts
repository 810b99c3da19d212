import type { ActivityDefinition, CourseDefinition } from '../../scorm/course.ts';
import type { HiddenControl } from '../../scorm/sequencing/definition.ts';
import { isFalse, isTrue, numberIn } from './attributes.ts';
import { sequencingDefinition, sequencingOf, type SequencingCollection } from './sequencing.ts';
import { at, attribute, child, childrenOf, phrase, type Element } from './xml.ts';

/** What SCORM 2004 says of an item or organization (CAM 3.4.1, 5). */
export function details2004(item: Element, shared: SequencingCollection): Partial<ActivityDefinition> {
  const sequencing = sequencingOf(item, shared);
  const threshold = child(item, 'completionthreshold');
  const { rollup, ...said } = sequencingDefinition(sequencing);
  const progressWeight = numberIn(threshold, 'progressweight', 0, 1);
  const weighed =
    progressWeight === undefined || progressWeight === 1 ? rollup : { ...rollup, progressWeight };
  return {
    timeLimitAction: phrase(child(item, 'timelimitaction'))?.toLowerCase(),
    dataFromLms: child(item, 'datafromlms')?.text || undefined,
    maxTimeAllowed: attribute(child(sequencing, 'limitconditions'), 'attemptabsolutedurationlimit'),
    ...completionThreshold(threshold, child(item, 'item') === undefined),
    ...said,
    rollup: weighed,
    hides: hidesOf(item),
    data: dataOf(child(item, 'data')),
  };
}

/** How long what is shared lives (CAM 5.1.13, 3.4.1.16): beyond this course, unless the organization says otherwise. */
export function lifetimes2004(organization: Element | undefined): Partial<CourseDefinition> {
  return {
    objectivesGlobalToSystem: isFalse(organization, 'objectivesglobaltosystem') ? false : undefined,
    sharedDataGlobalToSystem: isFalse(organization, 'shareddataglobaltosystem') ? false : undefined,
  };
}

/**
 * Attributes since the 4th edition, which count only with completedByMeasure (CAM 4th 3.4.1.13); before it the text, which is for items
 * that show something, and yields to a course that reports no progress measure (RTE 3rd 4.2.4).
 */
function completionThreshold(
  element: Element | undefined,
  isLeaf: boolean,
): Pick<ActivityDefinition, 'completionThreshold' | 'thresholdYields'> {
  if (!element) return {};
  const isFourth = ['completedbymeasure', 'minprogressmeasure', 'progressweight'].some((name) =>
    element.attributes.has(name),
  );
  if (isFourth ? !isTrue(element, 'completedbymeasure') : !isLeaf) return {};
  const written = isFourth ? (attribute(element, 'minprogressmeasure') ?? '1') : element.text.trim();
  const measure = Number(written);
  if (written === '' || !(measure >= 0 && measure <= 1)) return {};
  return { completionThreshold: measure, ...(isFourth ? {} : { thresholdYields: true }) };
}

const controls: HiddenControl[] = [
  'continue',
  'previous',
  'exit',
  'exitAll',
  'abandon',
  'abandonAll',
  'suspendAll',
];

/** adlnav:presentation (CAM 5.3.1): the controls that are not to be shown beside the item. */
function hidesOf(item: Element): HiddenControl[] | undefined {
  const named = childrenOf(at(item, 'presentation', 'navigationinterface'), 'hidelmsui').map((one) =>
    one.text.trim().toLowerCase(),
  );
  const hidden = controls.filter((control) => named.includes(control.toLowerCase()));
  return hidden.length > 0 ? hidden : undefined;
}

/** adlcp:data (CAM 4th 3.4.1.15): the shared stores of an item. */
function dataOf(element: Element | undefined): ActivityDefinition['data'] {
  const maps = childrenOf(element, 'map').flatMap((map) => {
    const target = attribute(map, 'targetid');
    if (!target) return [];
    const read = isFalse(map, 'readshareddata') ? { read: false } : {};
    const write = isFalse(map, 'writeshareddata') ? { write: false } : {};
    return [{ target, ...read, ...write }];
  });
  return maps.length > 0 ? maps : undefined;
}
