import type { Member } from './nrps.ts';

/** One line of a link's list: somebody in the course, somebody who has opened the link, or both. */
export type RosterRow<T> = {
  sub: string;
  name: string;
  email?: string;
  /** `gone`: has been here and is in the course no more; `unknown`: the course was not shown whole. */
  enrolled: 'yes' | 'inactive' | 'gone' | 'unknown';
  learner?: T;
};

/** What we know of somebody who opened the link. */
type Known = { sub: string; name: string; email?: string };

/**
 * The people of a course together with those who have opened a link of it, by name. Teachers and test users are in it only
 * if they have opened it as learners. `isWhole`: the platform has shown everybody.
 */
export function rosterOf<T extends Known>(
  members: Member[],
  learners: T[],
  { isWhole }: { isWhole: boolean },
): RosterRow<T>[] {
  const known = new Map(learners.map((learner) => [learner.sub, learner]));
  const listed = new Map(members.map((member) => [member.userId, member]));
  const here = members
    .filter((member) => known.has(member.userId) || isExpected(member))
    .map((member) => rowOf(member, known.get(member.userId)));
  const elsewhere = learners
    .filter(({ sub }) => !listed.has(sub))
    .map((learner): RosterRow<T> => {
      const { sub, name, email } = learner;
      return { sub, name, email, enrolled: isWhole ? 'gone' : 'unknown', learner };
    });
  return [...here, ...elsewhere].toSorted(byName);
}

/** Who is there to learn and has not opened it yet. */
function isExpected({ role, testUser, status }: Member): boolean {
  return role === 'learner' && !testUser && status === 'active';
}

function rowOf<T extends Known>(member: Member, learner: T | undefined): RosterRow<T> {
  const enrolled = { active: 'yes', inactive: 'inactive', deleted: 'gone' } as const;
  return {
    sub: member.userId,
    name: member.name || learner?.name || '',
    email: member.email ?? learner?.email,
    enrolled: enrolled[member.status],
    ...(learner && { learner }),
  };
}

const order = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Those without a name come last. */
function byName(a: { name: string; sub: string }, b: { name: string; sub: string }): number {
  if (!a.name !== !b.name) return a.name ? -1 : 1;
  return order.compare(a.name, b.name) || order.compare(a.sub, b.sub);
}
