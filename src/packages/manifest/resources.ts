import { attribute, childrenOf, type Element } from './xml.ts';

export type Resource = {
  id: string;
  href?: string;
  /** adlcp:scormtype, in lower case, as written. */
  scormType?: string;
  /** The chain of xml:base that its href is resolved with. */
  bases: string[];
  files: { href: string; bases: string[] }[];
};

/** All resources of a manifest and of the manifests in it, by identifier: the first of a name counts. */
export function resourcesOf(manifest: Element, above: string[] = []): Map<string, Resource> {
  const bases = withBase(above, manifest);
  const all = new Map<string, Resource>();
  for (const group of childrenOf(manifest, 'resources')) {
    for (const element of childrenOf(group, 'resource')) {
      const own = withBase(withBase(bases, group), element);
      const id = attribute(element, 'identifier') ?? `resource ${all.size + 1}`;
      const files = childrenOf(element, 'file').flatMap((file) => {
        const href = attribute(file, 'href');
        return href ? [{ href, bases: withBase(own, file) }] : [];
      });
      if (!all.has(id)) {
        all.set(id, {
          id,
          href: attribute(element, 'href'),
          scormType: attribute(element, 'scormtype')?.toLowerCase(),
          bases: own,
          files,
        });
      }
    }
  }
  for (const inner of childrenOf(manifest, 'manifest')) {
    for (const [id, resource] of resourcesOf(inner, bases)) if (!all.has(id)) all.set(id, resource);
  }
  return all;
}

function withBase(bases: string[], element: Element): string[] {
  const base = attribute(element, 'base');
  return base ? [...bases, base] : bases;
}
