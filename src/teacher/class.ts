import { listLinkLearners, type LinkLearner } from '../attempts/link-learners.ts';
import type { Context } from '../context.ts';
import { columnIn, keyOf } from '../grades/queue.ts';
import type { LtijsWorld } from '../lti/ltijs.ts';
import { rosterOf, type RosterRow } from '../lti/roster.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { deliveriesUnder } from '../outbox/deliveries.ts';
import { classListOf, type ClassList } from './members.ts';
import type { Visit } from './visits.ts';

/** One line of the list: somebody in the course, and what they have done if they have ever opened the link. */
export type Classmate = Omit<RosterRow<unknown>, 'learner'> & { did?: LinkLearner };

export type SchoolClass = {
  everybody: Classmate[];
  /** Why it may not be everybody. */
  why?: ClassList['why'];
};

/** Everybody in the course of a link, as far as the LMS tells, and everybody who has opened it; by name. */
export async function classOf(
  ctx: LtijsWorld & Pick<Context, 'now'>,
  { link, platform }: Pick<Visit, 'link' | 'platform'>,
  options: { wait?: number; again?: boolean } = {},
): Promise<SchoolClass> {
  const [list, opened] = await Promise.all([
    classListOf(ctx, platform, link, options),
    listLinkLearners(ctx, link),
  ]);
  const known = opened.map((did) => ({ ...did.learner, did }));
  const roster = rosterOf(list.members, known, { isWhole: list.why === undefined });
  const everybody = roster.map(({ learner, ...row }) => ({ ...row, ...(learner && { did: learner.did }) }));
  return { everybody, why: list.why };
}

/** What is, or was, to be sent of these learners of a link, by learner; undefined: it has no column that we may write into. */
export async function gradesOf(
  ctx: Pick<Context, 'db'>,
  link: Visit['link'],
  learners: string[],
): Promise<Map<string, DeliveryRecord> | undefined> {
  const column = await columnIn(ctx, link);
  if (!column) return undefined;
  const byKey = new Map(learners.map((_id) => [keyOf(column, { _id, sub: '' }), _id]));
  const rows = await deliveriesUnder(ctx, 'grade', [...byKey.keys()]);
  return new Map(rows.map((row) => [byKey.get(row.key)!, row]));
}

export function idsOf(mates: Classmate[]): string[] {
  return mates.flatMap(({ did }) => did?.learner._id ?? []);
}
