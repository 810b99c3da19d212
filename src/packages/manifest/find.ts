import { some, type Findings } from '../errors.ts';

export type Place = {
  /** Where the manifest is in the ZIP. */
  manifest: string;
  /** What all paths in the ZIP begin with, and the stored course does without: `` or `folder/`. */
  root: string;
};

/**
 * Where a package begins. The manifest belongs to the root of the ZIP (CAM 2.1.3), but authors zip the folder instead of
 * what is in it: the shallowest manifest counts, and folders that hold everything are stripped.
 */
export function findManifest(paths: string[], found: Findings): Place | undefined {
  const named = paths.filter((path) => /(^|\/)imsmanifest\.xml$/i.test(path));
  const depth = Math.min(...named.map(depthOf));
  const shallowest = named.filter((path) => depthOf(path) === depth);
  if (shallowest.length > 1) {
    const manifest = shallowest.find((path) => path.endsWith('imsmanifest.xml'));
    const oneFolder = new Set(shallowest.map((path) => path.toLowerCase())).size === 1;
    if (!oneFolder || !manifest)
      return void found.fault('several', { count: shallowest.length, files: some(shallowest) });
    return { manifest, root: commonRoot(paths) };
  }
  const [manifest] = shallowest;
  if (!manifest) return void notScorm(paths, found);
  if (depth > 0) found.warn('inFolder', { folder: manifest.slice(0, manifest.lastIndexOf('/')) });
  return { manifest, root: commonRoot(paths) };
}

/** What macOS and Windows leave in folders, and no course asks for. */
export function isLitter(path: string): boolean {
  return /(^|\/)(__MACOSX\/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)/i.test(path);
}

/** Says what the ZIP is instead, where that can be seen. */
function notScorm(paths: string[], found: Findings): void {
  const has = (pattern: RegExp) => paths.find((path) => pattern.test(path));
  const kind = standards.find(([pattern]) => has(pattern))?.[1];
  if (kind) return found.fault('notYet', { kind });
  const inner = paths.filter((path) => /\.zip$/i.test(path));
  if (inner.length) return found.fault('zipInZip', { files: some(inner) });
  if (has(/\.html?$/i)) return found.fault('webExport');
  found.fault('noManifest');
}

const standards: [RegExp, string][] = [
  [/(^|\/)cmi5\.xml$/i, 'cmi5'],
  [/(^|\/)tincan\.xml$/i, 'xAPI (tincan.xml)'],
  [/\.(crs|au|des|cst)$/i, 'AICC'],
];

function depthOf(path: string): number {
  return path.split('/').length - 1;
}

function commonRoot(paths: string[]): string {
  const [first = '', ...rest] = paths;
  const segments = first.split('/').slice(0, -1);
  let root = '';
  for (const segment of segments) {
    const longer = `${root}${segment}/`;
    if (!rest.every((path) => path.startsWith(longer))) break;
    root = longer;
  }
  return root;
}
