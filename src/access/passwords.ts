import { hash, verify } from '@node-rs/argon2';

/** Argon2id, OWASP's first choice of parameters (19 MiB, 2 passes, 1 lane). */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const shortestPassword = 12;
export const longestPassword = 256;

const everybodys =
  'coursedock password passwort welcome administrator admin qwertyuiop qwerty 1234567890 123456'.split(' ');

/** Why a password may not be used, or undefined. Length is what counts (NIST SP 800-63B 3.1.1.2); no rules of composition. */
export function faultOfPassword(
  password: string,
  about: { email: string; name: string },
): 'short' | 'long' | 'obvious' | undefined {
  if ([...password].length < shortestPassword) return 'short';
  if (password.length > longestPassword) return 'long';
  const plain = password.toLowerCase();
  const known = [about.email, ...about.email.split(/[@.]/), ...about.name.split(/\s+/)].map((word) =>
    word.toLowerCase(),
  );
  // What is left when what everybody could guess is taken away must still be something.
  let rest = plain;
  for (const word of [...known, ...everybodys]) {
    if (word.length > 2) rest = rest.replaceAll(word, '');
  }
  return new Set(rest).size < 5 ? 'obvious' : undefined;
}

export async function hashPassword(password: string): Promise<string> {
  return hash(normal(password), cost);
}

/** Takes as long for somebody who is not there (`hashed` undefined) as for somebody who is. */
export async function isPassword(hashed: string | undefined, password: string): Promise<boolean> {
  const right = await verify(hashed ?? (await nobody()), normal(password.slice(0, longestPassword)));
  return hashed !== undefined && right;
}

/** The same letters typed on another keyboard may be other code points (NIST SP 800-63B 3.1.1.2). */
function normal(password: string): string {
  return password.normalize('NFKC');
}

let nobodys: Promise<string> | undefined;
function nobody(): Promise<string> {
  return (nobodys ??= hashPassword('the password of nobody at all'));
}
