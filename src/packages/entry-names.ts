import yauzl from 'yauzl';
import { short, type Findings } from './errors.ts';

/** Old ZIPs hold names in the code page of the machine they were made on, and do not say which. */
const codePages = [
  'ibm866',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'shift_jis',
  'gbk',
  'big5',
  'euc-kr',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
];

/**
 * The name of each entry, `/`-separated. The flag and Info-ZIP's field say UTF-8; where neither does (APPNOTE D) and a name is
 * not ASCII, it is the code page in which `score` (how many of the files that the manifest lists are found) is best.
 */
export function namesOf(entries: yauzl.Entry[], score: (names: string[]) => number): string[] {
  const names = entries.map((entry) => (isCertain(entry) ? certain(entry) : ''));
  const unsure = entries.flatMap((entry, i) =>
    isCertain(entry) ? [] : [{ i, bytes: entry.fileNameRaw, entry }],
  );
  if (unsure.length === 0) return names;

  const named = (decode: (entry: (typeof unsure)[number]) => string) => {
    const all = [...names];
    for (const one of unsure) all[one.i] = slashes(decode(one));
    return all;
  };
  // Text that is no UTF-8 hardly ever looks like it.
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  try {
    return named(({ bytes }) => utf8.decode(bytes));
  } catch {
    const cp437 = named(({ entry }) =>
      yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, [], false),
    );
    let best = { names: cp437, score: score(cp437) };
    for (const page of codePages) {
      const decoder = new TextDecoder(page);
      const tried = named(({ bytes }) => decoder.decode(bytes));
      const reached = score(tried);
      if (reached > best.score) best = { names: tried, score: reached };
    }
    return best.names;
  }
}

/** A file of the package: where it is unpacked to, and its entry. */
export type PackageFile = { path: string; entry: yauzl.Entry };

/** The files under their tidied names. Refuses names that lead out of the folder they are unpacked to, or that no folder can hold. */
export function filesOf(entries: yauzl.Entry[], names: string[], found: Findings): PackageFile[] {
  const files = new Map<string, PackageFile>();
  for (const [i, entry] of entries.entries()) {
    const name = names[i] ?? '';
    const file = short(name);
    const path = tidy(name);
    const segments = path.split('/');
    const before = files.get(path)?.entry;
    if (/\p{Cc}/u.test(name)) found.fault('zip.nameControl', { file });
    else if (/^\/|^[a-z]:/i.test(name)) found.fault('zip.nameAbsolute', { file });
    else if (segments.includes('..')) found.fault('zip.nameClimbs', { file });
    else if (
      path === '' ||
      path.length > 1000 ||
      segments.some((segment) => Buffer.byteLength(segment) > 255)
    )
      found.fault('zip.nameLong', { file });
    else if (!before) files.set(path, { path, entry });
    else if (before.crc32 !== entry.crc32 || before.uncompressedSize !== entry.uncompressedSize)
      found.fault('zip.nameTwice', { file });
  }
  const folders = foldersOf(files.keys());
  for (const path of files.keys())
    if (folders.has(path)) found.fault('zip.nameFileAndFolder', { file: short(path) });
  return [...files.values()];
}

/** `a//./b` is `a/b`. */
function tidy(name: string): string {
  return name
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/');
}

function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    let end = path.lastIndexOf('/');
    while (end > 0 && !folders.has(path.slice(0, end))) {
      folders.add(path.slice(0, end));
      end = path.lastIndexOf('/', end - 1);
    }
  }
  return folders;
}

function isCertain(entry: yauzl.Entry): boolean {
  return (entry.generalPurposeBitFlag & 0x800) !== 0 || hasUnicodePath(entry) || isAscii(entry.fileNameRaw);
}

function hasUnicodePath(entry: yauzl.Entry): boolean {
  return entry.extraFields.some((field) => field.id === 0x7075);
}

function certain(entry: yauzl.Entry): string {
  // In CP437, which yauzl would take, control characters are pictures.
  if (!hasUnicodePath(entry) && isAscii(entry.fileNameRaw))
    return slashes(entry.fileNameRaw.toString('latin1'));
  return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false);
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}

/** .NET and old Windows tools write `\`, against APPNOTE 4.4.17. */
function slashes(name: string): string {
  return name.replaceAll('\\', '/');
}
