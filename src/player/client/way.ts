import type { ActivityDefinition } from '../../scorm/course.ts';
import type { Entry } from '../../scorm/engine.ts';

/** Where the learner was; past it if it is done; else the first thing that may be opened. */
export function whereToBegin(entries: Entry[], current: string | undefined): string | undefined {
  const here = entries.find(({ id }) => id === current);
  const isDone = here?.status === 'completed' || here?.status === 'passed';
  if (here?.open && !isDone) return here.id;
  return (
    (here && following(entries, here.id)?.id) ??
    (here?.open ? here.id : undefined) ??
    entries.find(isOpenLeaf)?.id
  );
}

/** The next part after this one that is open and not done; from the beginning, if there is none behind. */
export function following(entries: Entry[], id: string): Entry | undefined {
  const at = entries.findIndex((entry) => entry.id === id);
  const ring = [...entries.slice(at + 1), ...entries.slice(0, Math.max(at, 0))];
  return ring.find(
    (entry) => isOpenLeaf(entry) && (entry.status === 'not attempted' || entry.status === 'incomplete'),
  );
}

/** A chapter whose parts are not shown is a part itself: one of several tests, of which the course picks one. */
export function isPart(entries: Entry[], i: number): boolean {
  const entry = entries[i]!;
  return entry.kind !== 'cluster' || (entries[i + 1]?.depth ?? 0) <= entry.depth;
}

/** The part the learner is at: what plays, or the one that it is hidden in. */
export function hereOf(
  entries: Entry[],
  root: ActivityDefinition,
  playing: string | undefined,
): string | undefined {
  const shown = new Set(entries.filter((_, i) => isPart(entries, i)).map(({ id }) => id));
  return pathTo(root, playing).findLast((id) => shown.has(id));
}

function pathTo(from: ActivityDefinition, id: string | undefined): string[] {
  if (from.id === id) return [from.id];
  for (const child of from.children) {
    const path = pathTo(child, id);
    if (path.length > 0) return [from.id, ...path];
  }
  return [];
}

const isOpenLeaf = (entry: Entry) => entry.kind !== 'cluster' && entry.open;
