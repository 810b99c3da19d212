/**
 * Power cuts, as far as a program can play them: the files as they stand at one moment of a load, with what was not yet
 * safe on the disk cut off, overwritten or torn. What SQLite's log promises is in https://www.sqlite.org/wal.html.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../random.ts';
import type { StoreProcess } from './crash.ts';

export type Files = { db: Buffer; wal: Buffer };

/** The files at one moment: while they are copied, the process that writes them stands still. (Linux only.) */
export function snapshot(dir: string, { child }: StoreProcess): Files {
  child.kill('SIGSTOP');
  try {
    const giveUpAt = performance.now() + 5000;
    while (!standsStill(child.pid!))
      if (performance.now() > giveUpAt) throw new Error('The process does not stop');
    return {
      db: readFileSync(join(dir, 'coursedock.db')),
      wal: readFileSync(join(dir, 'coursedock.db-wal')),
    };
  } finally {
    child.kill('SIGCONT');
  }
}

function standsStill(pid: number): boolean {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.every((task) => /\) T /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1')));
}

export function put(dir: string, { db, wal }: Files): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'coursedock.db'), db);
  writeFileSync(join(dir, 'coursedock.db-wal'), wal);
}

type Frame = { page: number; start: number; end: number; commits: boolean };

/** The frames of the log that count: of its present salt, from its beginning. https://www.sqlite.org/fileformat2.html#walformat */
export function framesOf(wal: Buffer): { pageSize: number; frames: Frame[] } {
  const pageSize = wal.length < 32 ? 4096 : wal.readUInt32BE(8);
  const salt = wal.subarray(16, 24);
  const frames: Frame[] = [];
  for (let start = 32; start + 24 + pageSize <= wal.length; start += 24 + pageSize) {
    if (!wal.subarray(start + 8, start + 16).equals(salt)) break;
    const commits = wal.readUInt32BE(start + 4) > 0;
    frames.push({ page: wal.readUInt32BE(start), start, end: start + 24 + pageSize, commits });
  }
  return { pageSize, frames };
}

/** Up to here the log was flushed before its pages went into the file: a power cut cannot take that back. */
function safeUntil({ db, wal }: Files): number {
  const { pageSize, frames } = framesOf(wal);
  let safe = 32;
  let moved = false;
  for (const { page, start, end, commits } of frames.toReversed()) {
    if (commits && !moved) safe = end;
    const at = (page - 1) * pageSize;
    moved ||= db.subarray(at, at + pageSize).equals(wal.subarray(start + 24, start + 24 + pageSize));
  }
  return moved ? safe : 32;
}

export type Cut = {
  name: string;
  files: Files;
  /** Everything acknowledged must be there. */ whole: boolean;
};

/** What a power cut may leave of the files. */
export function cuts(files: Files, random: Random): Cut[] {
  const { db, wal } = files;
  const { pageSize, frames } = framesOf(wal);
  const safe = safeUntil(files);
  const last = frames.at(-1)?.end ?? 32;
  const somewhere = () => safe + random.below(Math.max(1, last - safe));
  const changed = (from: Buffer, change: (copy: Buffer) => void) => {
    const copy = Buffer.from(from);
    change(copy);
    return copy;
  };
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => random.below(256)));
  const torn = changed(db, (copy) => {
    // Pages that were on their way from the log into the file.
    for (const { page } of frames.slice(0, frames.findLastIndex(({ commits }) => commits) + 1)) {
      const at = (page - 1) * pageSize;
      if (at + pageSize <= copy.length && random.chance(2))
        noise(512).copy(copy, at + 512 * random.below(pageSize / 512));
    }
  });
  const at = somewhere();
  return [
    { name: 'as they are', files, whole: true },
    { name: 'pages half written into the file', files: { db: torn, wal }, whole: true },
    { name: 'log cut', files: { db, wal: wal.subarray(0, somewhere()) }, whole: false },
    { name: 'log ends in zeros', files: { db, wal: changed(wal, (copy) => copy.fill(0, at)) }, whole: false },
    {
      name: 'bits turned in the log',
      files: {
        db,
        wal: changed(wal, (copy) => {
          if (last > safe) for (let i = 0; i < 3; i++) copy[somewhere()]! ^= 1 << random.below(8);
        }),
      },
      whole: false,
    },
    {
      name: 'a sector of the log never written',
      files: { db, wal: changed(wal, (copy) => last > safe && noise(512).copy(copy, at - (at % 512))) },
      whole: false,
    },
  ];
}
