import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { hashToken, newToken } from '../store/token.ts';
import { Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';
import {
  changePassword,
  checkPassword,
  createPerson,
  emailKeyOf,
  findPersonByEmail,
  hasPeople,
} from './people.ts';
import type { PersonRecord } from './person.model.ts';
import { endSessionsOf } from './sessions.ts';
import { signInLinks, type SignInLinkRecord } from './sign-in-link.model.ts';
import { defaultWorkspace } from './workspaces.ts';

type World = Pick<Context, 'db' | 'now'>;

const lifetimeMs = 24 * 3600 * 1000;

/**
 * A link that makes one account, or gives the account of `email` a new password; good for 24 hours and one use. The
 * address is the only place where its token stands.
 */
export async function createSignInLink(
  ctx: World & Pick<Context, 'config'>,
  of: { workspace: string; email?: string; purpose?: SignInLinkRecord['purpose'] },
): Promise<{ url: string; record: SignInLinkRecord }> {
  const token = newToken();
  const now = ctx.now();
  const record: SignInLinkRecord = {
    _id: newId('sil'),
    workspace: of.workspace,
    tokenHash: hashToken(token),
    purpose: of.purpose ?? 'person',
    email: of.email?.trim() || undefined,
    createdAt: now,
    expiresAt: new Date(now.getTime() + lifetimeMs),
  };
  await signInLinks(ctx.db).create(record);
  return { url: `${ctx.config.publicUrl}/welcome/${token}`, record };
}

/** A fresh link for the first administrator, or undefined once somebody has an account. Every start asks. */
export async function ensureFirstAdmin(ctx: World & Pick<Context, 'config'>): Promise<string | undefined> {
  if (await hasPeople(ctx)) return undefined;
  const { url } = await createSignInLink(ctx, {
    workspace: await defaultWorkspace(ctx),
    purpose: 'first-admin',
  });
  return url;
}

/** The link of a token, unused and unexpired; looking at it uses nothing up. Throws 403 `link-over`. */
export async function getSignInLink(ctx: World, token: string): Promise<SignInLinkRecord> {
  const link = await signInLinks(ctx.db)
    .findOne({ tokenHash: hashToken(token), expiresAt: { $gt: ctx.now() } })
    .lean();
  if (!link || (link.purpose === 'first-admin' && (await hasPeople(ctx)))) throw over();
  return link;
}

/**
 * Uses a link up: makes the account, or gives it its new password and ends its sessions. What can be wrong with the
 * form is found out before the link is taken.
 */
export async function takeSignInLink(
  ctx: World,
  token: string,
  by: { email: string; name: string; password: string },
): Promise<PersonRecord> {
  const link = await getSignInLink(ctx, token);
  const email = link.email ?? by.email;
  checkPassword(by.password, { email, name: by.name });
  // Only a link that was made for an address may open the account behind it.
  const known = link.email ? await findPersonByEmail(ctx, link.email) : undefined;
  const taken = await signInLinks(ctx.db).findOneAndDelete({ _id: link._id }).lean();
  if (!taken) throw over();
  try {
    if (!known)
      return await createPerson(ctx, {
        workspace: link.workspace,
        email,
        name: by.name,
        password: by.password,
      });
    await changePassword(ctx, known, { password: by.password, name: by.name });
    await endSessionsOf(ctx, known._id);
    return known;
  } catch (error) {
    // The account was not made (its address has one already): the link may be tried again with another.
    await signInLinks(ctx.db).create(taken);
    throw error;
  }
}

/** Does this link lead to an account that is there already? Then the page asks for a new password only. */
export async function isForExisting(ctx: World, link: SignInLinkRecord): Promise<boolean> {
  return link.email !== undefined && (await findPersonByEmail(ctx, emailKeyOf(link.email))) !== undefined;
}

function over(): Forbidden {
  return new Forbidden('link-over', t('access.linkOver.title'), { detail: t('access.linkOver.detail') });
}
