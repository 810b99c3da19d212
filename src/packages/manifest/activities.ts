import type { ActivityDefinition } from '../../scorm/course.ts';
import { short, type Findings } from '../errors.ts';
import { encodePath, resolveHref, withParameters, type FileIndex } from './href.ts';
import type { Resource } from './resources.ts';
import { attribute, child, childrenOf, phrase, type Element } from './xml.ts';
import { t } from '../../web/text.ts';

export type Reading = {
  found: Findings;
  files: FileIndex;
  /** Where the manifest lies: `` or `folder/`. */
  folder: string;
  resources: ReadonlyMap<string, Resource>;
  /** What each standard says of an item beyond IMS. */
  details: (item: Element, title: string) => Partial<ActivityDefinition>;
  /** The one in SCORM 1.2 may show something itself and have items in it; 2004 ignores what a cluster refers to (CAM 3.4.1.4). */
  clustersShow: boolean;
  /** Manifests in the manifest, by identifier: an item may stand for one, once. */
  inner: Map<string, Element>;
  /** The only resource that items open, if it is only one: it is a SCO although it does not say so. */
  only?: string;
  /** The identifiers in use, and the number that makes the next of that name unique. */
  ids: Map<string, number>;
  /** Items that cannot be opened, for reasons that do not matter while others can. */
  skipped: { key: string; item: string; resource: string }[];
};

/** The items in an organization or item, without those that show nothing and hold nothing. */
export function activitiesIn(parent: Element, reading: Reading): ActivityDefinition[] {
  return childrenOf(parent, 'item').flatMap((item) => activityOf(item, reading) ?? []);
}

function activityOf(item: Element, reading: Reading): ActivityDefinition | undefined {
  const { found } = reading;
  const id = uniqueId(attribute(item, 'identifier'), reading);
  const title =
    titled(phrase(child(item, 'title'))) ?? t('packages.untitledItem', { number: reading.ids.size - 1 });
  const ref = attribute(item, 'identifierref');
  const manifest = reading.resources.has(ref ?? '') ? undefined : reading.inner.get(ref ?? '');
  const children = [...activitiesIn(item, reading), ...(manifest ? organizationIn(manifest, reading) : [])];
  const activity: ActivityDefinition = {
    id,
    title,
    kind: 'cluster',
    visible: !/^(false|0)$/i.test(attribute(item, 'isvisible') ?? ''),
    ...reading.details(item, title),
    children,
  };
  const holdsItems = childrenOf(item, 'item').length > 0 || manifest !== undefined;
  if (!ref || manifest) {
    if (children.length) return activity;
    if (!holdsItems) found.warn('itemEmpty', { item: short(title) });
    return undefined;
  }
  if (holdsItems && !reading.clustersShow) {
    found.warn('clusterRef', { item: short(title) });
    return children.length ? activity : undefined;
  }
  const shown = launchOf(ref, attribute(item, 'parameters'), title, reading);
  if (children.length === 0) return shown && { ...activity, ...shown };
  if (!shown) return activity;
  const first: ActivityDefinition = {
    ...activity,
    id: uniqueId(`${id}.content`, reading),
    ...shown,
    prerequisites: undefined,
    children: [],
  };
  return {
    id,
    title,
    kind: 'cluster',
    visible: activity.visible,
    prerequisites: activity.prerequisites,
    children: [first, ...children],
  };
}

/** What opens an item: the kind and address of its resource. Undefined, and said why, where it cannot be opened. */
export function launchOf(
  ref: string,
  parameters: string | undefined,
  title: string,
  reading: Reading,
): Pick<ActivityDefinition, 'kind' | 'href'> | undefined {
  const { found, files, folder } = reading;
  const resource = reading.resources.get(ref);
  const item = short(title);
  if (!resource?.href) {
    reading.skipped.push({
      key: resource ? 'resourceWithoutHref' : 'resourceMissing',
      item,
      resource: short(ref),
    });
    return undefined;
  }
  const kind = kindOf(resource, reading, item);
  const target = resolveHref(resource.href, resource.bases, folder, files);
  const written = short(resource.href);
  if (target.kind === 'refused')
    return void found.fault(target.why === 'outside' ? 'hrefOutside' : 'hrefScheme', { item, href: written });
  if (target.kind === 'missing') {
    // Looking through all files again and again is for packages that have a fault or two.
    const like = found.faults.length < 20 ? elsewhere(target.path, files) : undefined;
    return void found.fault(like ? 'launchMissingBut' : 'launchMissing', {
      item,
      file: short(target.path) || written,
      like: short(like ?? ''),
    });
  }
  if (target.kind === 'remote') {
    found.warn(kind === 'sco' ? 'remoteSco' : 'remote', { item, url: short(target.url) });
    return { kind, href: withParameters(target.url, parameters) };
  }
  if (!target.exact) found.warn('case', { item, href: written, file: short(target.path) });
  return { kind, href: withParameters(encodePath(target.path) + target.tail, parameters) };
}

function kindOf(resource: Resource, reading: Reading, item: string): 'sco' | 'asset' {
  if (resource.scormType === 'sco' || resource.scormType === 'asset') return resource.scormType;
  const kind = reading.only === resource.id ? 'sco' : 'asset';
  reading.found.warn(kind === 'sco' ? 'typeAssumedSco' : 'typeAssumedAsset', { item });
  return kind;
}

/** A manifest inside the manifest (CP 1.1.3, 4.8): its default organization stands where an item refers to it. Each once: they may refer to one another. */
function organizationIn(manifest: Element, reading: Reading): ActivityDefinition[] {
  reading.inner.delete(attribute(manifest, 'identifier') ?? '');
  const organization = defaultOrganization(manifest);
  return organization ? activitiesIn(organization, reading) : [];
}

/** The organization that `default` names, else the first that has items. */
export function defaultOrganization(manifest: Element): Element | undefined {
  const group = child(manifest, 'organizations');
  const all = childrenOf(group, 'organization');
  const named = all.find(
    (one) =>
      attribute(one, 'identifier') === attribute(group, 'default') &&
      attribute(group, 'default') !== undefined,
  );
  return [named, ...all].find((one) => child(one, 'item') !== undefined) ?? named ?? all[0];
}

export function uniqueId(wanted: string | undefined, { ids, found }: Pick<Reading, 'ids' | 'found'>): string {
  const base = (wanted ?? `item-${ids.size + 1}`).slice(0, 500);
  let id = base;
  let next = ids.get(base) ?? 1;
  for (; ids.has(id); id = `${base}-${next}`) next += 1;
  if (wanted !== undefined && id !== base) found.warn('idTwice', { id: short(wanted) });
  ids.set(base, next);
  ids.set(id, ids.get(id) ?? 1);
  return id;
}

/** A title of bearable length. */
export function titled(text: string | undefined): string | undefined {
  return text && text.length > 500 ? `${text.slice(0, 499)}…` : text;
}

/** Another file of the same name, which may be what was meant. */
function elsewhere(path: string, files: FileIndex): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return name
    ? [...files.exact].find((file) => file.toLowerCase().endsWith(`/${name}`) || file.toLowerCase() === name)
    : undefined;
}
