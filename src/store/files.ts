import type { Readable } from 'node:stream';

/** A file of a course, open for reading. */
export type StoredFile = {
  size: number;
  modified: Date;
  stream: (range?: { start: number; end: number }) => Readable;
};

/** Where the files of course versions live. A folder is written whole under a temporary name and then kept: half a course never looks like one. */
export interface FileStore {
  /** A new empty folder on this machine's disk, to unpack into; `discard` removes it whatever is in it. */
  stage(): Promise<{ path: string; discard: () => Promise<void> }>;
  /** Makes a staged folder the content of `version`, all at once. A version that is there already is an error. */
  keep(version: string, stagedPath: string): Promise<void>;
  /** The file at a path inside a version (`/`-separated, already decoded), or undefined. Never leaves the version's folder. */
  find(version: string, path: string): Promise<StoredFile | undefined>;
  remove(version: string): Promise<void>;
}
