import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { hashToken, newToken } from '../store/token.ts';
import { findPerson } from './people.ts';
import type { PersonRecord } from './person.model.ts';
import { sessions, type SessionRecord } from './session.model.ts';

type World = Pick<Context, 'db' | 'now'>;

const minute = 60_000;
const day = 24 * 60 * minute;
/** Unused for this long: over. */
export const idleMs = 7 * day;
/** Over in any case. */
export const longestMs = 30 * day;
/** `usedAt` is written at most this often. */
const touchMs = 5 * minute;

/** Signs somebody in. `token` goes into the cookie and is stored nowhere. */
export async function startSession(
  ctx: World,
  person: PersonRecord,
): Promise<{ token: string; session: SessionRecord }> {
  const token = newToken();
  const now = ctx.now();
  const session: SessionRecord = {
    _id: newId('ses'),
    person: person._id,
    workspace: person.workspace,
    tokenHash: hashToken(token),
    createdAt: now,
    usedAt: now,
    expiresAt: new Date(now.getTime() + idleMs),
    endsAt: new Date(now.getTime() + longestMs),
  };
  await sessions(ctx.db).create(session);
  return { token, session };
}

/** Who a cookie's token stands for, or undefined; use prolongs the session. */
export async function findSession(
  ctx: World,
  token: string,
): Promise<{ session: SessionRecord; person: PersonRecord } | undefined> {
  const now = ctx.now();
  const session = await sessions(ctx.db)
    .findOne({ tokenHash: hashToken(token), expiresAt: { $gt: now } })
    .lean();
  if (!session) return undefined;
  const person = await findPerson(ctx, session.person);
  if (!person) return undefined;
  if (now.getTime() - session.usedAt.getTime() > touchMs) {
    session.usedAt = now;
    session.expiresAt = new Date(Math.min(now.getTime() + idleMs, session.endsAt.getTime()));
    await sessions(ctx.db).updateOne(
      { _id: session._id },
      { $set: { usedAt: now, expiresAt: session.expiresAt } },
    );
  }
  return { session, person };
}

export async function endSession(ctx: Pick<Context, 'db'>, token: string): Promise<void> {
  await sessions(ctx.db).deleteOne({ tokenHash: hashToken(token) });
}

/** Signs somebody out everywhere: after a new password. */
export async function endSessionsOf(ctx: Pick<Context, 'db'>, person: string): Promise<void> {
  await sessions(ctx.db).deleteMany({ person });
}
