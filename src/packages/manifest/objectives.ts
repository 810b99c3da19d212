import type { ActivityDefinition } from '../../scorm/course.ts';
import type { ObjectiveDefinition, ObjectiveMap, Shared } from '../../scorm/sequencing/definition.ts';
import { identifier, isFalse, isTrue, withoutDefaults } from './attributes.ts';
import { attribute, child, childrenOf, type Element } from './xml.ts';

/** What imsss:mapInfo may share, by the ends of its attributes' names; reading is the default, writing is not (CAM 5.1.7). */
const imsss: [Shared, string][] = [
  ['satisfied', 'satisfiedstatus'],
  ['measure', 'normalizedmeasure'],
];
/** The same of adlseq:mapInfo, since the 4th edition (CAM 5.1.12). */
const adlseq: [Shared, string][] = [
  ['raw', 'rawscore'],
  ['min', 'minscore'],
  ['max', 'maxscore'],
  ['completion', 'completionstatus'],
  ['progress', 'progressmeasure'],
];

/** Is this adlseq:objectives? It has imsss:objectives' name, but no primary objective, and maps of its own kind. */
export function isShared(group: Element): boolean {
  if (group.name !== 'objectives' || child(group, 'primaryobjective')) return false;
  const maps = childrenOf(group, 'objective').flatMap((one) => childrenOf(one, 'mapinfo'));
  const says = (kind: [Shared, string][]) =>
    maps.some((map) =>
      kind.some(([, name]) => map.attributes.has(`read${name}`) || map.attributes.has(`write${name}`)),
    );
  return says(adlseq) || (maps.length > 0 && !says(imsss));
}

/** The objectives of an activity, the primary first, and the score from which it is passed (CAM 5.1.6, RTE 4.2.22). */
export function objectivesOf(
  sequencing: Element,
): Pick<ActivityDefinition, 'objectives' | 'scaledPassingScore'> {
  const groups = childrenOf(sequencing, 'objectives');
  const own = groups.find((group) => !isShared(group));
  const primary = child(own, 'primaryobjective');
  const found = [
    ...(primary ? [objectiveOf(primary, true)] : []),
    ...childrenOf(own, 'objective').map((one) => objectiveOf(one, false)),
  ];
  for (const extension of groups.filter(isShared).flatMap((group) => childrenOf(group, 'objective'))) {
    const id = identifier(attribute(extension, 'objectiveid'));
    const objective = found.find((one) => one.id === id);
    const maps = mapsOf(extension, adlseq);
    if (objective) objective.maps = merge([...(objective.maps ?? []), ...maps]);
    else if (id !== undefined && maps.length > 0) found.push({ id, maps });
  }
  if (found.length === 0) return {};
  return {
    objectives: found,
    scaledPassingScore: primary && isTrue(primary, 'satisfiedbymeasure') ? minMeasure(primary) : undefined,
  };
}

function objectiveOf(element: Element, primary: boolean): ObjectiveDefinition {
  const maps = mapsOf(element, imsss);
  const byMeasure = isTrue(element, 'satisfiedbymeasure');
  return withoutDefaults<ObjectiveDefinition>({
    id: identifier(attribute(element, 'objectiveid')),
    primary: primary || undefined,
    // The primary one's score is the activity's scaledPassingScore.
    byMeasure: (byMeasure && !primary) || undefined,
    minMeasure: byMeasure && !primary ? minMeasure(element) : undefined,
    maps: maps.length > 0 ? maps : undefined,
  })!;
}

/** 1.0 where no measure is given, or none that can be. */
function minMeasure(element: Element): number | undefined {
  const written = child(element, 'minnormalizedmeasure')?.text.trim();
  const score = written ? Number(written) : 1;
  return score >= -1 && score <= 1 ? score : undefined;
}

function mapsOf(objective: Element, kind: [Shared, string][]): ObjectiveMap[] {
  return childrenOf(objective, 'mapinfo').flatMap((map) => {
    const to = identifier(attribute(map, 'targetobjectiveid'));
    const read = kind.filter(([, name]) => !isFalse(map, `read${name}`)).map(([what]) => what);
    const write = kind.filter(([, name]) => isTrue(map, `write${name}`)).map(([what]) => what);
    return to && read.length + write.length > 0 ? [{ to, read, write }] : [];
  });
}

/** imsss's and adlseq's maps of one target are one. */
function merge(maps: ObjectiveMap[]): ObjectiveMap[] {
  const merged = new Map<string, ObjectiveMap>();
  for (const { to, read, write } of maps) {
    const before = merged.get(to) ?? { to, read: [], write: [] };
    merged.set(to, { to, read: [...before.read, ...read], write: [...before.write, ...write] });
  }
  return [...merged.values()];
}
