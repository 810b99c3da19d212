import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { hashToken, newToken } from '../store/token.ts';
import { RegistrationRefused } from './errors.ts';
import { invitations, type InvitationRecord } from './invitation.model.ts';

type World = Pick<Context, 'db' | 'now'>;

const lasts = 7 * 24 * 3600_000;
/** A registration that died leaves its invitation free again after this. */
const heldFor = 60_000;

/** An address that connects one platform, once, within a week. It is shown now and never again. */
export async function createInvitation(
  ctx: World & Pick<Context, 'config'>,
  { workspace, by, approves }: { workspace: string; by: string; approves: boolean },
): Promise<{ url: string; record: InvitationRecord }> {
  const token = newToken();
  const now = ctx.now();
  const record: InvitationRecord = {
    _id: newId('inv'),
    tokenHash: hashToken(token),
    workspace,
    by,
    approves,
    createdAt: now,
    expiresAt: new Date(now.getTime() + lasts),
  };
  await invitations(ctx.db).create(record);
  return { url: `${ctx.config.publicUrl}/lti/register/${token}`, record };
}

export async function listInvitations(ctx: World, workspace: string): Promise<InvitationRecord[]> {
  return invitations(ctx.db).find({ workspace }).sort({ createdAt: -1 }).limit(100).lean();
}

/** Holds an invitation for one registration at a time, or says why it cannot be used. */
export async function holdInvitation(
  ctx: World,
  token: string,
): Promise<InvitationRecord & { hold: string }> {
  const tokenHash = hashToken(token);
  const now = ctx.now();
  const hold = newId('hld');
  const held = await invitations(ctx.db)
    .findOneAndUpdate(
      {
        tokenHash,
        usedAt: { $exists: false },
        expiresAt: { $gt: now },
        $or: [{ heldUntil: { $exists: false } }, { heldUntil: { $lte: now } }],
      },
      { $set: { hold, heldUntil: new Date(now.getTime() + heldFor) } },
      { returnDocument: 'after' },
    )
    .lean();
  if (held) return { ...held, hold };
  const found = await invitations(ctx.db).findOne({ tokenHash }).lean();
  if (!found) throw new RegistrationRefused('invitation-unknown', { status: 404 });
  if (found.usedAt) throw new RegistrationRefused('invitation-used', { status: 410 });
  if (found.expiresAt <= now) throw new RegistrationRefused('invitation-expired', { status: 410 });
  throw new RegistrationRefused('invitation-busy', { status: 409 });
}

/** The registration failed: the same address may be tried again. */
export async function releaseInvitation(
  ctx: World,
  { _id, hold }: { _id: string; hold: string },
): Promise<void> {
  await invitations(ctx.db).updateOne({ _id, hold }, { $unset: { hold: 1, heldUntil: 1 } });
}

/** It has served. */
export async function useInvitation(
  ctx: World,
  { _id, hold }: { _id: string; hold: string },
  platform: string,
): Promise<void> {
  await invitations(ctx.db).updateOne(
    { _id, hold },
    { $set: { usedAt: ctx.now(), platform }, $unset: { hold: 1, heldUntil: 1 } },
  );
}
