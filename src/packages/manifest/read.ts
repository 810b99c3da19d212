import type { ActivityDefinition, CourseDefinition } from '../../scorm/course.ts';
import { short, some, type Findings } from '../errors.ts';
import { activitiesIn, defaultOrganization, launchOf, titled, uniqueId, type Reading } from './activities.ts';
import { editionOf } from './edition.ts';
import { indexFiles, resolveHref } from './href.ts';
import { metadataOf, typicalTimeOf } from './metadata.ts';
import { resourcesOf, type Resource } from './resources.ts';
import { details12 } from './scorm12.ts';
import { details2004, lifetimes2004 } from './scorm2004.ts';
import { sequencingCollection } from './sequencing.ts';
import { attribute, child, childrenOf, phrase, type Document, type Element } from './xml.ts';

export type Manifest = { definition: CourseDefinition; description: string };

/**
 * The course that a manifest describes. `paths` are the package's files, `folder` is where the manifest lies among them; `fallback`
 * names the course if nothing else does. What is wrong goes to `found`; after a fault the result must not be used.
 */
export function readManifest(
  document: Document,
  paths: string[],
  folder: string,
  fallback: string,
  found: Findings,
): Manifest | undefined {
  const { root: manifest } = document;
  if (manifest.name !== 'manifest') return void found.fault('notManifest', { root: short(manifest.name) });
  const edition = editionOf(document, found);
  if (!edition) return undefined;

  const resources = resourcesOf(manifest);
  const shared = sequencingCollection(manifest);
  const organization = defaultOrganization(manifest);
  const is12 = edition.standard === 'scorm12';
  const reading: Reading = {
    found,
    files: indexFiles(paths),
    folder,
    resources,
    details: is12 ? (item, title) => details12(item, title, found) : (item) => details2004(item, shared),
    clustersShow: is12,
    inner: innerManifests(manifest),
    only: onlyResource(organization, resources),
    ids: new Map(),
    skipped: [],
  };
  const about = metadataOf(manifest);
  const root = rootOf(manifest, organization, about.title ?? fallback, reading);
  settle(root, reading);
  warnOfMissingFiles(reading);

  const title =
    titled(phrase(child(organization, 'title')) ?? about.title ?? leaves(root)[0]?.title) ?? fallback;
  root.title ||= title;
  const lifetimes = is12 ? {} : lifetimes2004(organization);
  const typicalTime = typicalTimeOf(manifest);
  const definition: CourseDefinition = { ...edition, ...lifetimes, title, typicalTime, root };
  const stored = JSON.stringify(definition);
  if (stored.length > 4_000_000) found.fault('tooManyItems', { count: leaves(root).length });
  // As JSON has it, without what is undefined: the store would keep that as null.
  return { definition: JSON.parse(stored) as CourseDefinition, description: about.description ?? '' };
}

function rootOf(
  manifest: Element,
  organization: Element | undefined,
  name: string,
  reading: Reading,
): ActivityDefinition {
  const { found } = reading;
  const group = child(manifest, 'organizations');
  const wanted = attribute(group, 'default');
  const all = childrenOf(group, 'organization');
  if (organization && wanted && attribute(organization, 'identifier') !== wanted)
    found.warn('defaultMissing', { id: short(wanted) });
  if (organization && all.length > 1) {
    found.warn('organizations', {
      count: all.length,
      title: short(phrase(child(organization, 'title')) ?? wanted ?? ''),
    });
  }
  const title = titled(phrase(child(organization, 'title'))) ?? '';
  const id = uniqueId(attribute(organization, 'identifier') ?? 'organization', reading);
  const details = organization ? reading.details(organization, title) : {};
  const children = organization ? activitiesIn(organization, reading) : [];
  const root: ActivityDefinition = {
    id,
    title,
    kind: 'cluster',
    visible: true,
    ...details,
    children,
  };
  if (!child(organization, 'item')) root.children = withoutItems(titled(title || name)!, reading);
  return root;
}

/** No organization lists anything: the first SCO, else the first resource that can be opened, is the course. */
function withoutItems(title: string, reading: Reading): ActivityDefinition[] {
  const openable = [...reading.resources.values()].filter((resource) => resource.href);
  const resource = openable.find((one) => one.scormType === 'sco') ?? openable[0];
  if (!resource) return [];
  reading.found.warn('noItems', { file: short(resource.href ?? '') });
  const shown = launchOf(resource.id, undefined, title, { ...reading, only: resource.id });
  return shown ? [{ id: uniqueId('item-1', reading), title, visible: true, ...shown, children: [] }] : [];
}

/** Items that lead nowhere are skipped while another can be opened; else they are what is wrong. */
function settle(root: ActivityDefinition, { found, skipped }: Reading): void {
  const playable = leaves(root).length > 0;
  for (const { key, ...values } of skipped) found[playable ? 'warn' : 'fault'](key, values);
  if (!playable && found.faults.length === 0) found.fault('nothingToOpen');
}

function warnOfMissingFiles({ resources, files, folder, found }: Reading): void {
  const missing = new Set<string>();
  for (const resource of resources.values()) {
    for (const file of resource.files) {
      const target = resolveHref(file.href, file.bases, folder, files);
      if (target.kind === 'missing') missing.add(target.path);
    }
  }
  if (missing.size) found.warn('filesMissing', { count: missing.size, files: some([...missing]) });
}

/** Tools that make courses of one SCO forget adlcp:scormtype. */
function onlyResource(
  organization: Element | undefined,
  resources: Map<string, Resource>,
): string | undefined {
  const refs = (element: Element): string[] =>
    childrenOf(element, 'item').flatMap((item) => [attribute(item, 'identifierref') ?? '', ...refs(item)]);
  const opened = new Set(organization ? refs(organization).filter((ref) => resources.get(ref)?.href) : []);
  return opened.size === 1 ? [...opened][0] : undefined;
}

function innerManifests(manifest: Element): Map<string, Element> {
  const direct = childrenOf(manifest, 'manifest');
  return new Map(
    direct.flatMap((one) => [
      ...(attribute(one, 'identifier') ? [[attribute(one, 'identifier')!, one] as const] : []),
      ...innerManifests(one),
    ]),
  );
}

/** The leaves that can be opened: none in a root without items, which is a leaf of the tree only in shape. */
function leaves(activity: ActivityDefinition): ActivityDefinition[] {
  return activity.kind === 'cluster' ? activity.children.flatMap(leaves) : [activity];
}
