import type { Context } from '../context.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { Conflict, Invalid } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { faultOfPassword, hashPassword, longestPassword, shortestPassword } from './passwords.ts';
import { persons, type PersonRecord } from './person.model.ts';

type World = Pick<Context, 'db' | 'now'>;

/** How an e-mail address is compared. */
export function emailKeyOf(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase();
}

/** Throws {@link Invalid} `password` with a sentence for the one who chose it. */
export function checkPassword(password: string, about: { email: string; name: string }): void {
  const fault = faultOfPassword(password, about);
  if (fault)
    throw new Invalid(
      'password',
      t(`access.password.${fault}`, { shortest: shortestPassword, longest: longestPassword }),
    );
}

/** Adds somebody; the password is checked and hashed. 409 `email-taken` when the address has an account already. */
export async function createPerson(
  ctx: World,
  of: { workspace: string; email: string; name: string; password: string },
): Promise<PersonRecord> {
  checkPassword(of.password, of);
  const now = ctx.now();
  const record: PersonRecord = {
    _id: newId('per'),
    workspace: of.workspace,
    email: of.email.trim(),
    emailKey: emailKeyOf(of.email),
    name: of.name.trim(),
    passwordHash: await hashPassword(of.password),
    createdAt: now,
    updatedAt: now,
  };
  try {
    await persons(ctx.db).create(record);
  } catch (error) {
    if (isDuplicate(error)) throw new Conflict('email-taken', t('access.emailTaken'));
    throw error;
  }
  return record;
}

/** Gives somebody a new password (and name, where one is given). */
export async function changePassword(
  ctx: World,
  person: PersonRecord,
  to: { password: string; name?: string },
): Promise<void> {
  checkPassword(to.password, { email: person.email, name: to.name ?? person.name });
  const passwordHash = await hashPassword(to.password);
  const name = to.name?.trim() || person.name;
  await persons(ctx.db).updateOne(
    { _id: person._id },
    { $set: { passwordHash, name, updatedAt: ctx.now() } },
  );
}

export async function findPerson(ctx: Pick<Context, 'db'>, id: string): Promise<PersonRecord | undefined> {
  return (await persons(ctx.db).findOne({ _id: id }).lean()) ?? undefined;
}

export async function findPersonByEmail(
  ctx: Pick<Context, 'db'>,
  email: string,
): Promise<PersonRecord | undefined> {
  return (
    (await persons(ctx.db)
      .findOne({ emailKey: emailKeyOf(email) })
      .lean()) ?? undefined
  );
}

/** Has anybody an account? Until then the start prints a link for the first. */
export async function hasPeople(ctx: Pick<Context, 'db'>): Promise<boolean> {
  return (await persons(ctx.db).exists({})) !== null;
}

/** For lists: who did it, by id; ids that are nobody's (`cli`, a key) are left out. */
export async function namesOfPeople(ctx: Pick<Context, 'db'>, ids: string[]): Promise<Map<string, string>> {
  const found = await persons(ctx.db)
    .find({ _id: { $in: [...new Set(ids)] } }, { name: 1, email: 1 })
    .lean();
  return new Map(found.map(({ _id, name, email }) => [_id, name || email]));
}
