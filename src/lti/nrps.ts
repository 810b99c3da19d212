import { z } from 'zod';
import type { LtijsWorld } from './ltijs.ts';
import { readPages, usualLimits, type Limits } from './pages.ts';
import type { PlatformRecord } from './platform.model.ts';
import { membersQuery } from './quirks.ts';
import { isTestUser, roleOf, type Role } from './roles.ts';
import { scopes } from './scopes.ts';
import { below, isWebAddress, type ServiceFailure } from './service.ts';

/** Somebody in a course of a platform (NRPS 2.0 §2.2). `userId` is the `sub` of their launches. */
export type Member = {
  userId: string;
  name: string;
  email?: string;
  roles: string[];
  role: Role;
  testUser: boolean;
  status: 'active' | 'inactive' | 'deleted';
};

/** `fault`: why it may not be everybody. */
export type Members = { ok: true; members: Member[]; fault?: string } | ServiceFailure;

export type MembersOf = {
  /** Only they. */
  role?: 'learner' | 'instructor';
  /** Only those who can see this link, by the platform's id (`rlid`), where the platform tells. */
  link?: string;
  limits?: Limits;
};

const accept = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';

/**
 * Who is in a course, all pages. `url` is the launch's `context_memberships_url`; its query is kept. Our own, not ltijs':
 * that one reads one page, throws the address's query away and follows to anywhere with the token (lti.md A.10).
 */
export async function readMembers(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  url: string,
  of: MembersOf = {},
): Promise<Members> {
  if (!isWebAddress(url)) return { ok: false, text: 'It is not a web address.', retry: false };
  const listed = await read(ctx, platform, url, of);
  // It is another tool's link to the platform, or it knows no links here: better everybody than nobody.
  const isUnknown = !listed.ok && of.link !== undefined && [400, 404, 422].includes(listed.status ?? 0);
  const answer = isUnknown ? await read(ctx, platform, url, { ...of, link: undefined }) : listed;
  if (!answer.ok) return answer;
  const members = together(answer.items).filter(({ role }) => of.role === undefined || role === of.role);
  return { ok: true, members, ...(answer.fault && { fault: answer.fault }) };
}

function read(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  url: string,
  { role, link, limits = usualLimits }: MembersOf,
) {
  const query = { ...membersQuery(platform.family, role), ...(link !== undefined && { rlid: link }) };
  return readPages(
    ctx,
    platform,
    { url: below(url, '', query), scope: scopes.members, accept },
    membersIn,
    limits,
  );
}

const text = z.string().trim().min(1).optional().catch(undefined);
const member = z.object({
  user_id: z.union([z.string().min(1), z.number()]).transform(String),
  roles: z
    .union([z.array(z.unknown()), z.string().transform((all): unknown[] => all.split(','))])
    .catch([])
    .transform((all) => all.flatMap((one) => (typeof one === 'string' ? one.trim() : []))),
  status: z.string().catch('Active'),
  name: text,
  given_name: text,
  family_name: text,
  email: text,
});
const container = z.object({ members: z.array(z.unknown()) });

/** The members of a page; one that is none is left out, and does not take the others with it. */
function membersIn(body: unknown): Member[] | undefined {
  return container.safeParse(body).data?.members.flatMap((one) => {
    const { data } = member.safeParse(one);
    return data ? [memberOf(data)] : [];
  });
}

function memberOf({ user_id: userId, roles, status, email, ...named }: z.infer<typeof member>): Member {
  const parts = [named.given_name, named.family_name].filter(Boolean).join(' ');
  return {
    userId,
    name: (named.name ?? parts).slice(0, 500),
    email,
    roles,
    role: roleOf(roles),
    testUser: isTestUser(roles),
    status: statusOf(status),
  };
}

function statusOf(status: string): Member['status'] {
  const word = status.toLowerCase();
  return word === 'inactive' || word === 'deleted' ? word : 'active';
}

/** Who is listed more than once, because they have several roles or a page slid by one, is one person. */
function together(all: Member[]): Member[] {
  const people = new Map<string, Member>();
  for (const one of all) {
    const known = people.get(one.userId);
    if (!known) people.set(one.userId, one);
    else {
      const roles = [...new Set([...known.roles, ...one.roles])];
      const status = known.status === 'active' ? known.status : one.status;
      people.set(one.userId, {
        ...known,
        status,
        roles,
        role: roleOf(roles),
        testUser: known.testUser || one.testUser,
      });
    }
  }
  return [...people.values()];
}
