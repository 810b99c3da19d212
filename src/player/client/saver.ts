import type { Act } from '../../scorm/engine.ts';
import { cut, weigh } from './patches.ts';

export type Commit = { seq: number; patch: Act[] };

/** Why saving ended for good: the attempt is open in another window, or the launch is no longer valid. */
export type End = 'elsewhere' | 'expired';

export type SaveState = 'saved' | 'saving' | 'unsaved' | End;

/** What came of sending: stored up to `seq`; over for good; go on from `expected`; not now (try in `wait` seconds). */
export type Answer = { seq: number } | { ended: End } | { expected: number } | { wait: number | undefined };

export type Saver = {
  /** The course did something: it leaves within a second, at once where `urgent`. */
  notice: (urgent: boolean) => void;
  /** All that is not stored yet, now, even if the page goes: in one request, whatever else is on its way. */
  flush: () => void;
  /** Tries again at once: the network is back, or somebody asked. */
  retry: () => void;
  /** When everything recorded so far is stored, or never will be. */
  settled: () => Promise<void>;
  state: () => SaveState;
  /** More is waiting than a closing page may send. */
  isHeavy: () => boolean;
};

type Options = {
  /** The seq the server has. */
  seq: number;
  /** Hands over what was done since it was last asked. */
  take: () => Act[];
  /** Sends commits, in order. Rejects where nobody answered. */
  send: (commits: Commit[], keepalive: boolean) => Promise<Answer>;
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
const backoff = [1_000, 2_000, 4_000, 8_000];

/**
 * Brings what the course did to the server, in numbered commits, each sent until it is acknowledged. Sending one twice is
 * harmless there, so nothing is ever dropped here on a guess.
 */
export function makeSaver({ seq, take, send, changed, now, later }: Options): Saver {
  /** Something was done that has no number yet. */
  let dirty = false;
  let commits: Commit[] = [];
  let numbered = seq;
  let requests = 0;
  let flying = 0;
  let failures = 0;
  let ended: End | undefined;
  let hurry = false;
  let lastSent = -pause;
  let due: { at: number; cancel: () => void } | undefined;
  let waiting: (() => void)[] = [];
  let told: SaveState = 'saved';

  const isEmpty = () => !dirty && commits.length === 0;
  const state = (): SaveState => ended ?? (isEmpty() ? 'saved' : failures > 0 ? 'unsaved' : 'saving');

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

  function number(): void {
    for (const patch of cut(take())) commits.push({ seq: ++numbered, patch });
    dirty = false;
    hurry = false;
  }

  async function post(): Promise<void> {
    if (ended || isEmpty() || requests > 0) return;
    number();
    lastSent = now();
    await request(firstOf(commits, batchBytes));
  }

  /**
   * The page may be going: does not wait for the request on its way, and says again what it says. What is too heavy for
   * keepalive goes once more without: a page that is only hidden, or slow to close, still gets it there.
   */
  function flush(): void {
    if (ended || isEmpty()) return;
    number();
    const light = firstOf(commits, keepaliveBytes - flying);
    void request(light);
    if (light.batch.length < commits.length) void request(firstOf(commits, batchBytes));
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
    if (ended || isEmpty() || failures > 0) return;
    if (hurry || commits.length > 0) hasten();
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
      commits = commits.filter((commit) => commit.seq > answer.seq);
    }
  }

  function fail(wait: number | undefined): void {
    failures += 1;
    due?.cancel();
    due = undefined;
    schedule((wait ?? 0) * 1_000 || (backoff[failures - 1] ?? 10_000));
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
    // Once is a repair, twice is a quarrel.
    failures += 1;
    schedule(backoff[failures - 1] ?? 10_000);
  }

  return {
    state,
    notice(urgent) {
      if (ended) return;
      dirty = true;
      hurry ||= urgent;
      if (failures === 0 && urgent) hasten();
      else if (failures === 0) schedule(gather);
      tell();
    },
    flush,
    retry() {
      if (failures === 0) return;
      due?.cancel();
      due = undefined;
      schedule(0);
    },
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (failures === 0) hasten();
        tell();
      }),
    isHeavy() {
      number();
      return commits.reduce((sum, { patch }) => sum + weigh(patch), 0) > keepaliveBytes;
    },
  };
}

/** As many whole commits from the front as weigh no more than `limit` bytes; one at least. */
function firstOf(commits: Commit[], limit: number): { batch: Commit[]; bytes: number } {
  const batch: Commit[] = [];
  let bytes = 0;
  for (const commit of commits) {
    const weight = weigh(commit.patch) + 100;
    if (batch.length > 0 && (bytes + weight > limit || batch.length === 50)) break;
    batch.push(commit);
    bytes += weight;
  }
  return { batch, bytes };
}
