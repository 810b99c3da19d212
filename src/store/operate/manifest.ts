import { createHash, createHmac } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StoreTrouble } from '../embedded/faults/trouble.ts';
import { writeWhole } from './folder.ts';

/** What a backup says of itself, in `manifest.json`. Grows a `version` when an older Coursedock could not restore it. */
const manifestSchema = z.object({
  format: z.literal('coursedock-backup'),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  /** `files`: the database is a MongoDB server's, and has backups of its own. */
  contents: z.enum(['everything', 'files']),
  collections: z.array(
    z.object({ db: z.string(), name: z.string(), documents: z.number().int(), indexes: z.number().int() }),
  ),
  /** How many files the backup has, and their bytes; which, and their checksums, stands in SHA256SUMS. */
  files: z.number().int(),
  bytes: z.number().int(),
  /** `environment`: SECRET was set, and is not in the backup. */
  secret: z.enum(['file', 'environment', 'none']),
  /** Tells whether a secret is the one of the backup. */
  secretMark: z.string(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export const manifestVersion = 1;

/** Checksums in the format of `sha256sum`, which can check a backup by itself: `sha256sum -c SHA256SUMS`. */
export const sumsName = 'SHA256SUMS';
export const manifestName = 'manifest.json';

const allowed = /^(store\/coursedock\.db|secret|sandbox\.json|files\/versions\/[a-z0-9_-]+\/.+)$/;

export async function writeManifest(
  dir: string,
  manifest: Manifest,
  sums: Map<string, string>,
): Promise<void> {
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`;
  await writeWhole(join(dir, manifestName), text);
  const own = createHash('sha256').update(text).digest('hex');
  const lines = [...sums, [manifestName, own] as const].map(([path, sum]) => sumLine(path, sum));
  await writeWhole(join(dir, sumsName), lines.join(''));
}

/** Reads both. The sums are those of the other files. @throws StoreTrouble naming what is wrong with which file */
export async function readManifest(dir: string): Promise<{ manifest: Manifest; sums: Map<string, string> }> {
  const text = await readPart(dir, manifestName);
  const sums = readSums(dir, await readPart(dir, sumsName));
  const own = sums.get(manifestName);
  sums.delete(manifestName);
  if (own !== createHash('sha256').update(text).digest('hex'))
    throw refused(dir, `${manifestName} is not as it was written`);
  const manifest = parseManifest(dir, text);
  if (sums.size !== manifest.files)
    throw refused(dir, `${sumsName} lists ${sums.size} files, but there were ${manifest.files}`);
  for (const path of sums.keys())
    if (!allowed.test(path) || path.split('/').includes('..'))
      throw refused(dir, `${sumsName} lists ${JSON.stringify(path)}, which is no part of a backup`);
  return { manifest, sums };
}

function parseManifest(dir: string, text: string): Manifest {
  const result = manifestSchema.safeParse(JSON.parse(text));
  if (!result.success) throw refused(dir, `${manifestName} is not that of a backup`);
  if (result.data.version > manifestVersion)
    throw new StoreTrouble(
      `The backup ${dir} was made by a newer version of Coursedock. Install that one to restore it.`,
    );
  return result.data;
}

async function readPart(dir: string, name: string): Promise<string> {
  const path = join(dir, name);
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isFile()) throw refused(dir, `${name} is missing`);
  return readFile(path, 'utf8');
}

export function refused(dir: string, finding: string): StoreTrouble {
  return new StoreTrouble(
    `${dir} is not a whole backup: ${finding}. Nothing was changed; use another backup.`,
  );
}

/** As sha256sum writes it: a name with a backslash or a line break is escaped, and its line begins with a backslash. */
function sumLine(path: string, sum: string): string {
  const escaped = path.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `${escaped === path ? '' : '\\'}${sum}  ${escaped}\n`;
}

function readSums(dir: string, text: string): Map<string, string> {
  const sums = new Map<string, string>();
  if (text && !text.endsWith('\n')) throw refused(dir, `${sumsName} ends in the middle of a line`);
  for (const line of text.split('\n').slice(0, -1)) {
    const [, escaped, sum, name] = /^(\\?)([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (!sum || !name) throw refused(dir, `${sumsName} has a line that is none`);
    const breaks: Record<string, string> = { n: '\n', r: '\r' };
    sums.set(escaped ? name.replace(/\\(.)/g, (_, c: string) => breaks[c] ?? c) : name, sum);
  }
  return sums;
}

export function markOf(secret: string | Buffer): string {
  return createHmac('sha256', secret).update('coursedock backup').digest('hex').slice(0, 16);
}
