import type { Request, Response } from 'express';
import type { Config } from '../config.ts';
import { loginSeconds } from '../lti/login.ts';

/*
 * The secret of a login, kept in a cookie. Launches come back as cross-site posts from inside the LMS's frame, so the cookie is
 * SameSite=None, and Partitioned (CHIPS), without which browsers that block third-party cookies drop it. Both want
 * Secure; browsers take Secure cookies from http://localhost too. `__Host-` needs https.
 */

export function rememberSecret(config: Config, res: Response, key: string, secret: string): void {
  res.cookie(cookieName(config, key), secret, { ...attributes(config), maxAge: loginSeconds * 1000 });
}

/** Gives verifyLaunch what this browser has kept. */
export function secretsOf(config: Config, req: Request): (key: string) => string | undefined {
  return (key) => cookies(req).get(cookieName(config, key));
}

export function forgetSecret(config: Config, res: Response, key: string): void {
  res.clearCookie(cookieName(config, key), attributes(config));
}

function cookieName({ publicUrl }: Config, key: string): string {
  return publicUrl.startsWith('https:') ? `__Host-${key}` : key;
}

function attributes({ publicUrl }: Config) {
  const trustworthy = publicUrl.startsWith('https:') || isLoopback(publicUrl);
  // On plain http elsewhere no cookie crosses sites; this one serves new windows.
  if (!trustworthy) return { path: '/', httpOnly: true, sameSite: 'lax' as const };
  return { path: '/', httpOnly: true, secure: true, sameSite: 'none' as const, partitioned: true };
}

function isLoopback(url: string): boolean {
  return /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
}

/** The first of each name; a cookie's name and value are ours, so nothing needs decoding. */
function cookies(req: Request): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of (req.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    if (at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim());
  }
  return found;
}
