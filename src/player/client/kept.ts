import type { Act } from '../../scorm/engine.ts';
import { firstOf, weigh, type Commit } from './patches.ts';
import type { Seal } from './seal.ts';
import type { Kept, Place, Shelf } from './shelf.ts';

/** What a tab left behind: the commits of its launch that nobody had acknowledged. */
export type Leftover = {
  launch: string;
  commits: Commit[];
  /** The learner was told in that tab that they would not be saved. */
  told: boolean;
  /** Forgets them: the server has had its say. */
  forget: () => Promise<void>;
};

/**
 * Puts these commits, all that is not acknowledged, in the place of those kept before, and says how many bytes it wrote. Rejects
 * where it cannot. `told`: the learner knows that they will not be saved.
 */
export type Keep = (commits: Commit[], told: boolean) => Promise<number>;

type Drawer = { shelf: Shelf; seal: Seal; name: string };
type Note = { launch: string; seq: number; patch: Act[] };

/** The place of the note that the learner has been told. Commits begin at 1. */
const toldAt = 0;
/** Bytes of one launch: where more is waiting, the last of it is in memory alone. */
const largest = 16_000_000;

const [read, write] = [JSON.parse, JSON.stringify];

/** What earlier openings of the attempt left, the oldest first. What cannot be read is not ours: it is passed over. */
export async function leftoversIn({ shelf, seal, name }: Drawer): Promise<Leftover[]> {
  const byLaunch = new Map<string, { notes: Note[]; places: Place[] }>();
  for (const { place, sealed } of await shelf.all(name)) {
    const note = await seal
      .open(sealed)
      .then((text) => read(text) as Note)
      .catch(() => undefined);
    if (!note) continue;
    const found = byLaunch.get(note.launch) ?? { notes: [], places: [] };
    byLaunch.set(note.launch, found);
    found.notes.push(note);
    found.places.push(place);
  }
  return [...byLaunch].map(([launch, { notes, places }]) => ({
    launch,
    commits: notes.filter(({ seq }) => seq !== toldAt).map(({ seq, patch }) => ({ seq, patch })),
    told: notes.some(({ seq }) => seq === toldAt),
    forget: () => shelf.change([], places),
  }));
}

/** Keeps the commits of one launch. `opening` tells it from the others of its attempt, the later the larger. */
export function makeKeep({ shelf, seal, name }: Drawer, launch: string, opening: number): Keep {
  const stored = new Map<number, Commit>();
  const place = (seq: number): Place => [name, opening, seq];
  const sealed = async ({ seq, patch }: Commit): Promise<Kept> => ({
    place: place(seq),
    sealed: await seal.close(write({ launch, seq, patch } satisfies Note)),
  });
  return async (commits, told) => {
    const wanted = told && commits.length > 0 ? [{ seq: toldAt, patch: [] }, ...commits] : commits;
    const fitting = firstOf(wanted, { bytes: largest }).batch;
    const isSame = (one: Commit) => stored.get(one.seq) === one || (one.seq === toldAt && stored.has(toldAt));
    const put = fitting.filter((commit) => !isSame(commit));
    const there = new Set(fitting.map(({ seq }) => seq));
    const gone = [...stored.keys()].filter((seq) => !there.has(seq));
    if (put.length === 0 && gone.length === 0) return 0;
    await shelf.change(await Promise.all(put.map(sealed)), gone.map(place));
    for (const seq of gone) stored.delete(seq);
    for (const commit of put) stored.set(commit.seq, commit);
    return put.reduce((sum, { patch }) => sum + weigh(patch), 0);
  };
}
