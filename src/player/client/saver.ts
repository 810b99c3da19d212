import type { Act } from '../../scorm/engine.ts';
import { makeKeeping } from './keeping.ts';
import type { Keep } from './kept.ts';
import { condense, cut, firstOf, weigh, type Commit } from './patches.ts';

/** Why saving ended for good: the attempt is open in another window, the launch is no longer valid, or the attempt was removed. */
export type End = 'elsewhere' | 'expired' | 'removed';

export type SaveState = 'saved' | 'saving' | 'unsaved' | End;

export function isEnd(state: SaveState): state is End {
  return state !== 'saved' && state !== 'saving' && state !== 'unsaved';
}

/** What came of sending: stored up to `seq`; over for good; go on from `expected`; not now (try in `wait` seconds). */
export type Answer = { seq: number } | { ended: End } | { expected: number } | { wait: number | undefined };

export type Saver = {
  /** The course did something: it leaves within a second, at once where `urgent`. */
  notice: (urgent: boolean) => void;
  /** All that is not stored yet, now, even if the page goes: in one request, whatever else is on its way. */
  flush: () => void;
  /** Tries again at once where somebody asked; where the network is back, not before the server wants to be asked. */
  retry: (isAsked?: boolean) => void;
  /** When everything recorded so far is stored, or never will be. */
  settled: () => Promise<void>;
  state: () => SaveState;
  /** More is waiting than a closing page may send. */
  isHeavy: () => boolean;
  /** Whether all that is not stored is kept in this browser for the next opening, once that is known. */
  kept: () => Promise<boolean>;
};

type Options = {
  /** The seq the server has. */
  seq: number;
  /** Hands over what was done since it was last asked. */
  take: () => Act[];
  /** Sends commits, in order. Rejects where nobody answered. */
  send: (commits: Commit[], keepalive: boolean) => Promise<Answer>;
  /** Keeps what is not stored yet where the next opening finds it (kept.ts); absent: nothing is to be kept. */
  keep?: Keep;
  changed: (state: SaveState) => void;
  /** Milliseconds of a clock that only goes on. */
  now: () => number;
  later: (work: () => void, ms: number) => () => void;
};

/** How long a change may wait for others: well below the two seconds after which it must have left. */
const gather = 1_000;
/** The least time between two requests: a course may call Commit a hundred times a second. */
const pause = 200;
/** Keepalive requests may carry 64 KiB together. https://fetch.spec.whatwg.org/#http-network-or-cache-fetch */
const keepaliveBytes = 60_000;
const batchBytes = 400_000;
const batchCount = 50;
const diskPatience = 2_000;
const backoff = [1_000, 2_000, 4_000, 8_000];
/** While nobody answers, no more commits than these are made: what is new waits together, and overwrites itself. */
const commitsInTrouble = 8;

/**
 * Brings what the course did to the server, in numbered commits, each sent until it is acknowledged. Sending one twice is
 * harmless there, so nothing is ever dropped here on a guess. What is not acknowledged soon is kept in the browser, too.
 */
export function makeSaver({ seq, take, send, keep, changed, now, later }: Options): Saver {
  /** Something was done that we have not taken yet. */
  let dirty = false;
  /** Taken, but without a number: not sent yet. */
  let loose: Act[] = [];
  /** The commits `loose` would make. */
  let looseCommits: Commit[] | undefined;
  let commits: Commit[] = [];
  let numbered = seq;
  let requests = 0;
  let flying = 0;
  let failures = 0;
  let ended: End | undefined;
  let hurry = false;
  let lastSent = -pause;
  /** Before this the server does not want to be asked (Retry-After). */
  let restUntil = 0;
  let due: { at: number; cancel: () => void } | undefined;
  let waiting: (() => void)[] = [];
  let told: SaveState = 'saved';

  const isEmpty = () => !dirty && loose.length === 0 && commits.length === 0;
  const state = (): SaveState => ended ?? (isEmpty() ? 'saved' : failures > 0 ? 'unsaved' : 'saving');

  const keeping =
    keep &&
    makeKeeping({
      waiting: allWaiting,
      write: (waiting) => keep(waiting, ended === 'elsewhere'),
      now,
      later,
    });

  function tell(): void {
    if (ended || isEmpty()) {
      for (const done of waiting) done();
      waiting = [];
    }
    if (state() === told) return;
    told = state();
    changed(told);
  }

  function schedule(ms: number): void {
    const at = now() + ms;
    if (due && due.at <= at) return;
    due?.cancel();
    const cancel = later(() => {
      due = undefined;
      void post();
    }, ms);
    due = { at, cancel };
  }

  /** Now if it may be, else as soon as it may. Not by way of a timer: those of a hidden window stand still for a minute. */
  function hasten(): void {
    if (requests > 0) return;
    const wait = lastSent + pause - now();
    if (wait > 0) schedule(wait);
    else void post();
  }

  function takeLoose(): void {
    if (!dirty) return;
    // What is taken at once has been condensed already.
    loose = loose.length > 0 ? condense([...loose, ...take()]) : take();
    looseCommits = undefined;
    dirty = false;
  }

  function number(): void {
    takeLoose();
    commits.push(...numberedLoose());
    numbered = commits.at(-1)?.seq ?? numbered;
    loose = [];
    looseCommits = undefined;
    hurry = false;
  }

  function numberedLoose(): Commit[] {
    looseCommits ??= cut(loose).map((patch, i) => ({ seq: numbered + 1 + i, patch }));
    return looseCommits;
  }

  function allWaiting(): Commit[] {
    takeLoose();
    return [...commits, ...numberedLoose()];
  }

  async function post(): Promise<void> {
    if (ended || isEmpty() || requests > 0) return;
    if (failures === 0 || commits.length < commitsInTrouble) number();
    lastSent = now();
    await writtenDown();
    await request(firstOf(commits, { bytes: batchBytes, count: batchCount }));
  }

  /**
   * What is kept is what is sent: else the server could have a commit of which the browser kept another part, and what it lacks
   * would be taken for stored. A disk that does not answer must not keep us from the server, though.
   */
  async function writtenDown(): Promise<void> {
    if (!keeping?.holds()) return keeping?.changed(failures > 0);
    keeping.now();
    requests += 1;
    await new Promise<void>((resolve) => {
      const cancel = later(resolve, diskPatience);
      void keeping.settled().then(() => (cancel(), resolve()));
    });
    requests -= 1;
  }

  /**
   * The page may be going: does not wait for the request on its way, and says again what it says. What is too heavy for
   * keepalive goes once more without: a page that is only hidden, or slow to close, still gets it there.
   */
  function flush(): void {
    keeping?.now();
    if (ended || isEmpty()) return;
    number();
    const light = firstOf(commits, { bytes: keepaliveBytes - flying, count: batchCount });
    void request(light);
    if (light.batch.length < commits.length)
      void request(firstOf(commits, { bytes: batchBytes, count: batchCount }));
  }

  async function request({ batch, bytes }: { batch: Commit[]; bytes: number }): Promise<void> {
    const keepalive = bytes + flying <= keepaliveBytes;
    if (keepalive) flying += bytes;
    requests += 1;
    try {
      understand(await send(batch, keepalive));
    } catch {
      fail(undefined);
    } finally {
      requests -= 1;
      if (keepalive) flying -= bytes;
    }
    tell();
    keeping?.changed(failures > 0 || ended !== undefined);
    if (ended || isEmpty() || failures > 0) return;
    if (hurry || loose.length > 0 || commits.length > 0) hasten();
    else schedule(gather);
  }

  function understand(answer: Answer): void {
    if ('ended' in answer) {
      ended = answer.ended;
      due?.cancel();
    } else if ('wait' in answer) {
      fail(answer.wait);
    } else if ('expected' in answer) {
      realign(answer.expected);
    } else {
      failures = 0;
      restUntil = 0;
      commits = commits.filter((commit) => commit.seq > answer.seq);
    }
  }

  function fail(wait: number | undefined): void {
    failures += 1;
    due?.cancel();
    due = undefined;
    if (wait) restUntil = now() + wait * 1_000;
    schedule(wait ? wait * 1_000 : Math.max(backoff[failures - 1] ?? 10_000, restUntil - now()));
  }

  /** The server has less (or more) than we thought it had: what it lacks is numbered on from where it stands. */
  function realign(expected: number): void {
    const first = commits[0]?.seq ?? numbered + 1;
    if (expected > first) {
      commits = commits.filter((commit) => commit.seq >= expected);
    } else {
      commits = commits.map((commit, i) => ({ seq: expected + i, patch: commit.patch }));
    }
    numbered = commits.at(-1)?.seq ?? expected - 1;
    looseCommits = undefined;
    // Once is a repair, twice is a quarrel.
    failures += 1;
    schedule(backoff[failures - 1] ?? 10_000);
  }

  return {
    state,
    notice(urgent) {
      dirty = true;
      if (urgent || failures > 0 || ended) keeping?.changed(failures > 0);
      if (ended) return;
      hurry ||= urgent;
      if (failures === 0 && urgent) hasten();
      else if (failures === 0) schedule(gather);
      tell();
    },
    flush,
    retry(isAsked = true) {
      if (failures === 0 || ended) return;
      due?.cancel();
      due = undefined;
      schedule(isAsked ? 0 : Math.max(0, restUntil - now()));
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (failures === 0) hasten();
        tell();
      }),
    isHeavy: () => allWaiting().reduce((sum, { patch }) => sum + weigh(patch), 0) > keepaliveBytes,
    kept: async () => (await keeping?.settled()) ?? false,
  };
}
