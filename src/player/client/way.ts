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

const isOpenLeaf = (entry: Entry) => entry.kind !== 'cluster' && entry.open;
