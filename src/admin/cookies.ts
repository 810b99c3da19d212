import type { Request, Response } from 'express';
import type { Config } from '../config.ts';
import { longestMs } from '../access/sessions.ts';

/*
 * `__Host-` ties a cookie to this host and to https. Cookies do not know ports: on plain http the port is in the name,
 * so that two servers on one machine do not sign each other's people out.
 */
function nameOf({ publicUrl }: Config, name: string): string {
  const url = new URL(publicUrl);
  return url.protocol === 'https:' ? `__Host-${name}` : `${name}_${url.port || '80'}`;
}

function attributes({ publicUrl }: Config) {
  return { path: '/', httpOnly: true, sameSite: 'lax' as const, secure: publicUrl.startsWith('https:') };
}

export function readCookie(config: Config, req: Request, name: string): string | undefined {
  const wanted = nameOf(config, name);
  for (const pair of (req.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === wanted) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** For as long as a session can last; the server decides when it is over. */
export function writeCookie(config: Config, res: Response, name: string, value: string): void {
  res.cookie(nameOf(config, name), value, { ...attributes(config), maxAge: longestMs });
}

export function clearCookie(config: Config, res: Response, name: string): void {
  res.clearCookie(nameOf(config, name), attributes(config));
}
