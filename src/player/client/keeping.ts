import type { Commit } from './patches.ts';

export type Keeping = {
  /** What waits has changed. `isTrouble`: it will not be acknowledged soon. */
  changed: (isTrouble: boolean) => void;
  /** The page may be going: what waits is written now. */
  now: () => void;
  /** Is anything kept now? */
  holds: () => boolean;
  /** When it is known whether all that waits is kept: true, or false where this browser keeps nothing. */
  settled: () => Promise<boolean>;
};

type Options = {
  /** All that waits to be acknowledged. */
  waiting: () => Commit[];
  /** Writes what of them is not written yet, and says how many bytes that were. */
  write: (commits: Commit[]) => Promise<number>;
  now: () => number;
  later: (work: () => void, ms: number) => () => void;
};

/** How long what is on its way may take before it is kept, too: mostly it is acknowledged before, and nothing is ever written. */
const soon = 500;
/** The least time between two writings, and the most bytes in a millisecond: a course may change a large value all the time. */
const pause = 200;
const bytesInMs = 400;
/** After a failure: the disk is full, or the browser keeps nothing for us. */
const longPause = 10_000;

/** Decides when what waits for the server is written down in the browser, one writing at a time. */
export function makeKeeping({ waiting, write, now, later }: Options): Keeping {
  let due: { at: number; cancel: () => void } | undefined;
  let isWriting = false;
  /** Something has changed since the last writing began. */
  let isStale = false;
  /** And is to be written as soon as that is done. */
  let isUrgent = false;
  /** Something stands on the shelf. */
  let holds = false;
  let failed = false;
  let earliest = -Infinity;
  let hearers: ((isKept: boolean) => void)[] = [];

  function schedule(at: number): void {
    if (isWriting || (due && due.at <= at)) return;
    due?.cancel();
    const work = () => {
      due = undefined;
      void put();
    };
    due = { at, cancel: later(work, Math.max(0, at - now())) };
  }

  async function put(): Promise<void> {
    due?.cancel();
    due = undefined;
    isStale = isUrgent = false;
    const commits = waiting();
    if (commits.length === 0 && !holds) return tell();
    isWriting = true;
    let bytes = 0;
    try {
      bytes = await write(commits);
      holds = commits.length > 0;
      failed = false;
    } catch {
      failed = true;
    }
    isWriting = false;
    earliest = now() + (failed ? longPause : Math.max(pause, bytes / bytesInMs));
    if (isStale) schedule(isUrgent && !failed ? now() : earliest);
    if (!isStale || failed) tell();
  }

  function tell(): void {
    for (const hear of hearers) hear(!failed);
    hearers = [];
  }

  return {
    changed(isTrouble) {
      isStale = true;
      schedule(Math.max(earliest, isTrouble || holds ? 0 : now() + soon));
    },
    now() {
      if (isWriting) isStale = isUrgent = true;
      else void put();
    },
    holds: () => holds,
    settled: () =>
      new Promise((resolve) => {
        hearers.push(resolve);
        if (!isWriting && (!due || failed)) tell();
      }),
  };
}
