import type { ActivityDefinition } from '../../scorm/course.ts';
import type {
  Controls,
  Randomization,
  SequencingDefinition,
  Timing,
} from '../../scorm/sequencing/definition.ts';
import { isShared, objectivesOf } from './objectives.ts';
import { rollupOf, rulesOf } from './rules.ts';
import { attribute, child, childrenOf, type Element } from './xml.ts';
import { isFalse, isTrue, numberIn, withoutDefaults } from './attributes.ts';

/** The shared `<sequencing>` of a manifest, by ID (CAM 5.2). */
export type SequencingCollection = ReadonlyMap<string, Element>;

export function sequencingCollection(manifest: Element): SequencingCollection {
  const shared = childrenOf(manifest, 'sequencingcollection').flatMap((group) =>
    childrenOf(group, 'sequencing'),
  );
  return new Map(
    shared.flatMap((element) => (attribute(element, 'id') ? [[attribute(element, 'id')!, element]] : [])),
  );
}

/** The `<sequencing>` of an item or organization, with what it takes over from the collection by IDRef: an element of its own counts more (CAM 5.1.1). */
export function sequencingOf(item: Element, shared: SequencingCollection): Element | undefined {
  const own = child(item, 'sequencing');
  const taken = shared.get(attribute(own, 'idref') ?? '');
  if (!own || !taken) return own;
  // imsss:objectives and adlseq:objectives are two elements with one local name.
  const nameOf = (one: Element) => (isShared(one) ? 'adlseq:objectives' : one.name);
  const names = new Set(own.children.map(nameOf));
  return { ...own, children: [...own.children, ...taken.children.filter((one) => !names.has(nameOf(one)))] };
}

/** What a `<sequencing>` says (CAM 5.1), without what is as the defaults have it. */
export function sequencingDefinition(
  sequencing: Element | undefined,
): SequencingDefinition & Pick<ActivityDefinition, 'scaledPassingScore'> {
  if (!sequencing) return {};
  const delivery = child(sequencing, 'deliverycontrols');
  const limit = numberIn(child(sequencing, 'limitconditions'), 'attemptlimit', 0, Infinity);
  return {
    controls: controlsOf(child(sequencing, 'controlmode')),
    constrained: constrainedOf(child(sequencing, 'constrainedchoiceconsiderations')),
    rules: rulesOf(child(sequencing, 'sequencingrules')),
    attemptLimit: limit === undefined ? undefined : Math.floor(limit),
    rollup: rollupOf(child(sequencing, 'rolluprules'), child(sequencing, 'rollupconsiderations')),
    ...objectivesOf(sequencing),
    randomization: randomizationOf(child(sequencing, 'randomizationcontrols')),
    tracked: isFalse(delivery, 'tracked') ? false : undefined,
    completionSetByContent: isTrue(delivery, 'completionsetbycontent') || undefined,
    objectiveSetByContent: isTrue(delivery, 'objectivesetbycontent') || undefined,
  };
}

/** imsss:controlMode (CAM 5.1.2). */
function controlsOf(element: Element | undefined): Controls | undefined {
  return withoutDefaults<Controls>({
    choice: isFalse(element, 'choice') ? false : undefined,
    choiceExit: isFalse(element, 'choiceexit') ? false : undefined,
    flow: isTrue(element, 'flow') || undefined,
    forwardOnly: isTrue(element, 'forwardonly') || undefined,
    useCurrentAttemptObjectiveInfo: isFalse(element, 'usecurrentattemptobjectiveinfo') ? false : undefined,
    useCurrentAttemptProgressInfo: isFalse(element, 'usecurrentattemptprogressinfo') ? false : undefined,
  });
}

/** adlseq:constrainedChoiceConsiderations (CAM 5.1.10). */
function constrainedOf(element: Element | undefined): SequencingDefinition['constrained'] {
  return withoutDefaults({
    preventActivation: isTrue(element, 'preventactivation') || undefined,
    constrainChoice: isTrue(element, 'constrainchoice') || undefined,
  });
}

/** imsss:randomizationControls (CAM 5.1.8). */
function randomizationOf(element: Element | undefined): Randomization | undefined {
  const selects = timingOf(element, 'selectiontiming');
  const count = numberIn(element, 'selectcount', 0, Infinity);
  const reorders = timingOf(element, 'randomizationtiming');
  return withoutDefaults<Randomization>({
    select: selects && count !== undefined ? { timing: selects, count: Math.floor(count) } : undefined,
    reorder: isTrue(element, 'reorderchildren') ? reorders : undefined,
  });
}

function timingOf(element: Element | undefined, name: string): Timing | undefined {
  const timing = attribute(element, name);
  return timing === 'once' || timing === 'onEachNewAttempt' ? timing : undefined;
}
