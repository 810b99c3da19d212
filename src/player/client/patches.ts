import type { Act } from '../../scorm/engine.ts';

/** What was done, numbered. */
export type Commit = { seq: number; patch: Act[] };

const patchBytes = 100_000;
const patchActs = 1_000;

/** Cuts a long list of acts into patches of a size one likes to send. */
export function cut(acts: Act[]): Act[][] {
  const patches: Act[][] = [];
  let bytes = 0;
  for (const act of acts) {
    const weight = weigh([act]);
    const patch = patches.at(-1);
    if (patch && patch.length < patchActs && bytes + weight <= patchBytes) {
      patch.push(act);
      bytes += weight;
    } else {
      patches.push([act]);
      bytes = weight;
    }
  }
  return patches;
}

/** Bytes of these acts on their way, near enough and never too few. */
export function weigh(acts: Act[]): number {
  let bytes = 0;
  for (const act of acts) {
    bytes += 64 + 3 * ('activity' in act ? (act.activity?.length ?? 0) : 0);
    if (act.do === 'set')
      bytes += act.element.length + new TextEncoder().encode(JSON.stringify(act.value)).length;
  }
  return bytes;
}

/** As many whole commits from the front as weigh no more, and are no more; one at least. */
export function firstOf(
  commits: Commit[],
  most: { bytes: number; count?: number },
): { batch: Commit[]; bytes: number } {
  const batch: Commit[] = [];
  let bytes = 0;
  for (const commit of commits) {
    const weight = weigh(commit.patch) + 100;
    if (batch.length > 0 && (bytes + weight > most.bytes || batch.length === most.count)) break;
    batch.push(commit);
    bytes += weight;
  }
  return { batch, bytes };
}

const indexed = /\.\d/;

/**
 * Leaves out values that were overwritten later, and all but the last Commit: what a course does over and over in an hour
 * without a network stays small. Items of lists keep their order, and nothing changes places with an act of another kind.
 */
export function condense(acts: Act[]): Act[] {
  const gone = new Set<Act>();
  let later = new Set<string>();
  for (let i = acts.length - 1; i >= 0; i--) {
    const act = acts[i]!;
    if (act.do === 'set' && indexed.test(act.element)) continue;
    if (act.do !== 'set' && act.do !== 'commit') {
      later = new Set();
      continue;
    }
    const what = `${act.activity} ${act.do === 'set' ? act.element : ''}`;
    if (later.has(what)) gone.add(act);
    later.add(what);
  }
  return acts.filter((act) => !gone.has(act));
}
