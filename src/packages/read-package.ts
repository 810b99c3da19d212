import type { Archive } from './archive.ts';
import { filesOf, namesOf, type PackageFile } from './entry-names.ts';
import { Findings } from './errors.ts';
import type { Limits } from './limits.ts';
import { decodeXml } from './manifest/decode.ts';
import { findManifest, isLitter } from './manifest/find.ts';
import { indexFiles, resolveHref } from './manifest/href.ts';
import { readManifest, type Manifest } from './manifest/read.ts';
import { resourcesOf } from './manifest/resources.ts';
import { parseXml, type Document } from './manifest/xml.ts';

export type Package = Manifest & {
  /** What is to be unpacked, by its path in the course. */
  files: PackageFile[];
  warnings: string[];
};

/**
 * Reads an archive as a package without unpacking more than its manifest. `fallback` is the title of a course that has none.
 * Throws InvalidPackage with everything that is wrong with names, manifest and launch files.
 */
export async function readPackage(archive: Archive, fallback: string, limits: Limits): Promise<Package> {
  const found = new Findings();
  const document = await readDocument(archive, limits, found);
  // Only the manifest tells how names in an unknown code page should read.
  const names = namesOf(archive.entries, (tried) => (document ? listedAmong(tried, document) : 0));
  const files = filesOf(archive.entries, names, found).filter((file) => !isLitter(file.path));
  if (!document) found.check();
  const place = findManifest(pathsOf(files), found);
  if (!document || !place) return found.fail();

  const { root, manifest: path } = place;
  const inCourse = files.map((file) => ({ ...file, path: file.path.slice(root.length) }));
  const folder = path.slice(root.length, path.lastIndexOf('/') + 1);
  const manifest = readManifest(document, pathsOf(inCourse), folder, fallback, found);
  found.check();
  return manifest ? { ...manifest, files: inCourse, warnings: found.warnings } : found.fail();
}

/** The manifest, wherever it is; undefined without a fault if there is none. */
async function readDocument(
  archive: Archive,
  limits: Limits,
  found: Findings,
): Promise<Document | undefined> {
  const names = namesOf(archive.entries, () => 0);
  const files = filesOf(archive.entries, names, new Findings()).filter((file) => !isLitter(file.path));
  const place = findManifest(pathsOf(files), new Findings());
  const file = files.find(({ path }) => path === place?.manifest);
  return file && parseXml(decodeXml(await archive.read(file.entry, limits.manifestBytes), found), found);
}

function pathsOf(files: PackageFile[]): string[] {
  return files.map((file) => file.path);
}

/** How many of the files that the manifest lists there are, if these are their names. */
function listedAmong(names: string[], { root }: Document): number {
  const place = findManifest(names, new Findings());
  if (!place) return 0;
  const folder = place.manifest.slice(0, place.manifest.lastIndexOf('/') + 1);
  const files = indexFiles(names);
  const listed = [...resourcesOf(root).values()].flatMap(({ href, bases, files }) => [
    ...(href ? [{ href, bases }] : []),
    ...files,
  ]);
  // A few hundred tell as much as all, a dozen times over.
  return listed
    .slice(0, 300)
    .filter(({ href, bases }) => resolveHref(href, bases, folder, files).kind === 'file').length;
}
