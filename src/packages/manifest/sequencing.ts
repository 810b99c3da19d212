import type { ActivityDefinition } from '../../scorm/course.ts';
import { at, attribute, child, childrenOf, type Element } from './xml.ts';

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
  const names = new Set(own.children.map((one) => one.name));
  return { ...own, children: [...own.children, ...taken.children.filter((one) => !names.has(one.name))] };
}

/** What the run-time needs of the objectives (CAM 5.1.6): their ids, and the score from which the primary one is passed. */
export function objectivesOf(
  sequencing: Element | undefined,
): Pick<ActivityDefinition, 'objectives' | 'scaledPassingScore'> {
  const group = child(sequencing, 'objectives');
  const primary = child(group, 'primaryobjective');
  if (!group) return {};
  const others = childrenOf(group, 'objective').map((one) => ({ id: attribute(one, 'objectiveid') }));
  return {
    objectives: [...(primary ? [{ id: attribute(primary, 'objectiveid'), primary: true }] : []), ...others],
    scaledPassingScore: passingScore(primary),
  };
}

/** RTE 4.2.22: only where the objective is satisfied by measure; 1.0 where no measure is given. */
function passingScore(primary: Element | undefined): number | undefined {
  if (!/^(true|1)$/i.test(attribute(primary, 'satisfiedbymeasure') ?? '')) return undefined;
  const written = at(primary, 'minnormalizedmeasure')?.text.trim();
  const score = written ? Number(written) : 1;
  return score >= -1 && score <= 1 ? score : undefined;
}
