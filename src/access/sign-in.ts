import type { Context } from '../context.ts';
import { AppError, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { countTry, forgetTries } from './lockout.ts';
import { isPassword } from './passwords.ts';
import { emailKeyOf, findPersonByEmail } from './people.ts';
import type { PersonRecord } from './person.model.ts';

/**
 * Who this is, by e-mail address and password. One answer, and about one duration, for an unknown address and a wrong
 * password: 401 `sign-in`. Too many tries: 429 `too-many-tries` with `retryAfter`.
 */
export async function signIn(
  ctx: Pick<Context, 'db' | 'now'>,
  by: { email: string; password: string; ip: string },
): Promise<PersonRecord> {
  const emailKey = emailKeyOf(by.email);
  const wait = await countTry(ctx, emailKey, by.ip);
  if (wait > 0) {
    throw new AppError(429, 'too-many-tries', t('access.tooManyTries', { minutes: Math.ceil(wait / 60) }), {
      retryAfter: wait,
    });
  }
  const person = await findPersonByEmail(ctx, by.email);
  const right = await isPassword(person?.passwordHash, by.password);
  if (!person || !right) throw new Unauthorized('sign-in', t('access.wrong'));
  await forgetTries(ctx, emailKey, by.ip);
  return person;
}
