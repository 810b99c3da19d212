/** The files of a package, to be found as manifests name them. */
export type FileIndex = {
  exact: ReadonlySet<string>;
  /** By name without regard to case and to how accents are composed. */
  folded: ReadonlyMap<string, string>;
};

export type Target =
  | { kind: 'file'; path: string; tail: string; exact: boolean }
  | { kind: 'missing'; path: string; tail: string }
  | { kind: 'remote'; url: string }
  /** It leads out of the package, or is no address of a file (`javascript:`). */
  | { kind: 'refused'; why: 'outside' | 'scheme' };

export function indexFiles(paths: Iterable<string>): FileIndex {
  const exact = new Set(paths);
  return { exact, folded: new Map([...exact].map((path) => [fold(path), path])) };
}

/**
 * What an href of the manifest means. `bases` is the chain of xml:base from the manifest down (CAM 3.4.2.2), each as it is written;
 * `folder` is where the manifest lies (`` or `folder/`). Windows separators, missing slashes at the end of a base, names that
 * are percent-encoded or are not, and the wrong case are understood. The tail is the query and fragment, as written.
 */
export function resolveHref(href: string, bases: string[], folder: string, files: FileIndex): Target {
  const parts = [...bases, href].map((part) => part.trim().replaceAll('\\', '/'));
  const from = parts.findLastIndex((part) => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(part));
  if (from >= 0) return absolute(parts.slice(from));

  const own = parts.at(-1) ?? '';
  const above = parts.slice(0, -1).filter((part) => part !== '');
  const asFolders = above.map((base) => (base.endsWith('/') ? base : `${base}/`));
  // RFC 3986 5.2 drops what follows the last slash of a base; tools that write xml:base="pages" do not mean that.
  const asUris = above.map((base) => base.slice(0, base.lastIndexOf('/') + 1));
  const written = [asUris, asFolders, []].map((base) => [...base, own].reduce(join, folder));

  const candidates = [...new Set(written)].flatMap((path) => readings(path));
  const inside = candidates.filter((one) => one.path !== undefined) as { path: string; tail: string }[];
  for (const { path, tail } of inside)
    if (files.exact.has(path)) return { kind: 'file', path, tail, exact: true };
  for (const { path, tail } of inside) {
    const real = files.folded.get(fold(path));
    if (real !== undefined) return { kind: 'file', path: real, tail, exact: false };
  }
  // The last reading of the first way to write it: split and decoded.
  const meant = readings(written[0] ?? '').at(-1);
  return meant?.path === undefined
    ? { kind: 'refused', why: 'outside' }
    : { kind: 'missing', path: meant.path, tail: meant.tail };
}

/** `a b/ü.html` as a part of a URL, `/`-separated. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/**
 * The launch address with the item's parameters (CAM 3.4.1.6): leading `?` and `&` go, `&` joins what has a query already, and
 * a fragment is dropped where there is one. The query comes before the fragment, whatever order they are written in.
 */
export function withParameters(address: string, parameters = ''): string {
  const given = parameters.trim().replace(/^[?&]+/, '');
  const [main, fragment] = cut(address, '#');
  const [query, otherFragment] = cut(given, '#');
  const joint = /[?&]$/.test(main) ? '' : main.includes('?') ? '&' : '?';
  const asked = query === '' ? main : `${main}${joint}${query}`;
  const mark = fragment ?? otherFragment;
  return encodeTail(mark === undefined ? asked : `${asked}#${mark}`);
}

/** Each way an address may be meant: a file whose name has a `?` or `#`; a path and a tail; the path as written, and decoded. */
function readings(address: string): { path: string | undefined; tail: string }[] {
  const end = address.search(/[?#]/);
  const [path, tail] = end < 0 ? [address, ''] : [address.slice(0, end), address.slice(end)];
  const ways = [{ path: normalise(path), tail }];
  if (tail) ways.unshift({ path: normalise(address), tail: '' });
  const decoded = decode(path);
  if (decoded !== path)
    ways.push({ path: decoded === undefined ? undefined : normalise(decoded.replaceAll('\\', '/')), tail });
  return ways.length > 1 && decoded === undefined ? ways.slice(0, -1) : ways;
}

/** Without `.` and `..`; undefined where it climbs out. */
function normalise(path: string): string | undefined {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
    } else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.join('/');
}

/** A leading slash means the root of the package to the tools that write it. */
function join(base: string, part: string): string {
  return part.startsWith('/') ? part : base + part;
}

function absolute(parts: string[]): Target {
  const [first = '', ...rest] = parts.map((part) => part.replace(/^\/\//, 'https://'));
  if (/^[a-z]:/i.test(first)) return { kind: 'refused', why: 'outside' };
  if (!/^https?:/i.test(first) || !URL.canParse(first)) return { kind: 'refused', why: 'scheme' };
  const url = rest.reduce(
    (base, part) => (URL.canParse(part, base) ? new URL(part, base) : base),
    new URL(first),
  );
  return /^https?:$/.test(url.protocol)
    ? { kind: 'remote', url: url.href }
    : { kind: 'refused', why: 'scheme' };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function cut(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

/** Percent-encodes what may not stand in a URL; escapes that are there stay. */
function encodeTail(address: string): string {
  return address.replace(/%(?![0-9a-f]{2})|[^\w\-.~!$&'()*+,;=:@/?#%]/giu, (c) =>
    encodeURIComponent(c.isWellFormed() ? c : '\ufffd'),
  );
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
