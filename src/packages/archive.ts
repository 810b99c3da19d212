import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Readable, Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { Findings, InvalidPackage, short, some } from './errors.ts';
import type { Limits } from './limits.ts';
import { t } from '../web/text.ts';

export type Archive = {
  /** Files only, in the order of the central directory. */
  entries: yauzl.Entry[];
  /** The unpacked size, as the central directory has it; reading holds it to that. */
  bytes: number;
  /** The content of an entry, whole in memory, of at most `max` bytes. */
  read: (entry: yauzl.Entry, max: number) => Promise<Buffer>;
  /** The content of an entry, checked for length and CRC on its way. */
  pipe: (entry: yauzl.Entry, to: NodeJS.WritableStream) => Promise<void>;
  close: () => void;
};

/**
 * Opens a ZIP on disk and measures it by its central directory, before a byte is unpacked. What makes it unreadable or too
 * large is thrown at once (InvalidPackage); a ZIP64 is as good as another.
 */
export async function openArchive(path: string, limits: Limits): Promise<Archive> {
  const { head, size } = await headOf(path);
  if (size === 0) throw new InvalidPackage([t('packages.zip.emptyFile')]);
  let zip: yauzl.ZipFile | undefined;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: true });
    if (zip.entryCount > limits.entries) {
      throw new InvalidPackage([t('packages.zip.tooMany', { count: zip.entryCount, most: limits.entries })]);
    }
    const entries: yauzl.Entry[] = [];
    for await (const entry of zip.eachEntry()) if (!isFolder(entry)) entries.push(entry);
    measure(entries, size, limits);
    return reading(zip, entries);
  } catch (error) {
    zip?.close();
    throw explain(error, head);
  }
}

function measure(entries: yauzl.Entry[], size: number, limits: Limits): void {
  const found = new Findings();
  const bytes = total(entries, (entry) => entry.uncompressedSize);
  const packed = total(entries, (entry) => entry.compressedSize);
  const nameList = (odd: yauzl.Entry[]) => some(odd.map((entry) => entry.fileNameRaw.toString('utf8')));

  if (entries.length === 0) found.fault('zip.noFiles');
  if (bytes > limits.unpackedBytes)
    found.fault('zip.tooLarge', { size: megabytes(bytes), most: megabytes(limits.unpackedBytes) });
  // Entries that share their bytes make a bomb of any size (bamsoftware.com/hacks/zipbomb).
  else if (packed > size) found.fault('zip.overlap');
  else if (bytes > limits.ratioFrom && bytes > size * limits.ratio) {
    found.fault('zip.bomb', { size: megabytes(bytes), packed: megabytes(size) });
  }

  const secret = entries.filter((entry) => entry.isEncrypted());
  if (secret.length) found.fault('zip.encrypted');
  const strange = entries.filter((entry) => !entry.isEncrypted() && !entry.canDecodeFileData());
  if (strange.length) found.fault('zip.method', { files: nameList(strange) });
  const special = entries.filter(isSpecial);
  if (special.length) found.fault('zip.symlink', { files: nameList(special) });
  found.check();
}

function reading(zip: yauzl.ZipFile, entries: yauzl.Entry[]): Archive {
  const pipe = async (entry: yauzl.Entry, to: NodeJS.WritableStream) => {
    try {
      const from: Readable = await zip.openReadStreamPromise(entry);
      await pipeline(from, checking(entry), to);
    } catch (error) {
      if (isOurs(error)) throw error;
      throw new InvalidPackage(
        [t('packages.zip.damagedFile', { file: short(entry.fileNameRaw.toString('utf8')) })],
        error,
      );
    }
  };
  return {
    entries,
    bytes: total(entries, (entry) => entry.uncompressedSize),
    pipe,
    read: async (entry, max) => {
      const file = short(entry.fileNameRaw.toString('utf8'));
      if (entry.uncompressedSize > max)
        throw new InvalidPackage([t('packages.zip.fileTooLarge', { file, most: megabytes(max) })]);
      const chunks: Buffer[] = [];
      await pipe(
        entry,
        new Transform({
          transform: (chunk: Buffer, _encoding, done) => (chunks.push(chunk), done()),
        }).resume(),
      );
      return Buffer.concat(chunks);
    },
    close: () => zip.close(),
  };
}

/** yauzl counts the bytes; the checksum is ours to check. */
function checking(entry: yauzl.Entry): Transform {
  let crc = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      crc = crc32(chunk, crc);
      done(null, chunk);
    },
    flush: (done) => done(crc === entry.crc32 ? null : new Error('CRC does not match')),
  });
}

/** The disk's and the system's errors are ours, not the author's; zlib's and yauzl's tell of the ZIP. */
function isOurs(error: unknown): boolean {
  return error instanceof InvalidPackage || (error as NodeJS.ErrnoException).syscall !== undefined;
}

function explain(error: unknown, head: Buffer): unknown {
  if (isOurs(error)) return error;
  const reason = error instanceof Error ? error.message : '';
  const key = reasons.find(([pattern]) => pattern.test(reason))?.[1] ?? 'zip.damaged';
  if (key !== 'zip.cutShort') return new InvalidPackage([t(`packages.${key}`)], error);
  // There is no end of a ZIP: was it one at all?
  const kind = signatures.find(([signature]) =>
    head.subarray(0, signature.length).equals(Buffer.from(signature, 'latin1')),
  );
  const text = kind
    ? t(`packages.${kind[1]}`)
    : t(/^\s*</.test(head.toString('latin1')) ? 'packages.zip.isText' : 'packages.zip.isNot');
  return new InvalidPackage([text], error);
}

const reasons: [RegExp, string][] = [
  [/End of central directory record signature not found/, 'zip.cutShort'],
  [/multi-disk/, 'zip.split'],
  [/strong encryption/, 'zip.encrypted'],
];

const signatures: [string, string][] = [
  ['PK\x03\x04', 'zip.cutShort'],
  ['PK\x07\x08', 'zip.split'],
  ['Rar!', 'zip.isRar'],
  ['7z\xbc\xaf', 'zip.is7z'],
  ['\x1f\x8b', 'zip.isTar'],
  ['%PDF', 'zip.isPdf'],
  ['\xd0\xcf\x11\xe0', 'zip.isOffice'],
];

function isFolder(entry: yauzl.Entry): boolean {
  return /[/\\]$/.test(entry.fileNameRaw.toString('latin1')) && entry.uncompressedSize === 0;
}

/** Anything but a plain file: a symbolic link above all. The mode stands in the upper half where Unix or macOS made the ZIP. */
function isSpecial(entry: yauzl.Entry): boolean {
  const madeOn = entry.versionMadeBy >> 8;
  const type = (entry.externalFileAttributes >>> 16) & 0o170000;
  return (madeOn === 3 || madeOn === 19) && type !== 0 && type !== 0o100000 && type !== 0o040000;
}

async function headOf(path: string): Promise<{ head: Buffer; size: number }> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return { head: buffer.subarray(0, bytesRead), size: (await file.stat()).size };
  } finally {
    await file.close();
  }
}

function total(entries: yauzl.Entry[], of: (entry: yauzl.Entry) => number): number {
  return entries.reduce((sum, entry) => sum + of(entry), 0);
}

function megabytes(bytes: number): string {
  return bytes < 10 * 1024 * 1024
    ? (bytes / 1024 / 1024).toFixed(1)
    : Math.round(bytes / 1024 / 1024).toLocaleString('en');
}
