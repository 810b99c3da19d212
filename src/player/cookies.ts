import type { RequestHandler } from 'express';

/** Characters of cookies that a browser may send with each request. */
const most = 8_192;
/** Characters of an answer's headers that may go into it: proxies bound these, too. What is left goes with the next answers. */
const room = 3_000;

/**
 * This origin sets no cookies. Courses may, and one that goes on for ever, or means harm, has the browser refused by servers and
 * proxies, for all courses of the host: beyond some kilobytes they are taken away again, one after the other. Not by Clear-Site-Data:
 * that takes those of the whole registrable domain, where people may be signed in.
 */
export const takeCookiesAway: RequestHandler = (req, res, next) => {
  const { cookie = '' } = req.headers;
  if (cookie.length > most) res.append('Set-Cookie', expiries(cookie, req.path, req.secure));
  next();
};

/** What ends the cookies of a request. Their paths are not told: it is tried with the likely ones. */
export function expiries(cookie: string, path: string, isSecure: boolean): string[] {
  const names = cookie.split(';').map((pair) => pair.split('=', 1)[0]!.trim());
  const paths = pathsAbove(path);
  // In an LMS's frame a browser takes only what says so; what was set there is kept by itself.
  const kinds = isSecure ? ['; Secure; SameSite=None', '; Secure; SameSite=None; Partitioned'] : [''];
  const all: string[] = [];
  let size = 0;
  for (const name of new Set(names)) {
    if (!/^[ -~\u0080-\u00ff]+$/.test(name)) continue;
    const lines = paths.flatMap((one) => kinds.map((kind) => `${name}=; Max-Age=0; Path=${one}${kind}`));
    size += lines.reduce((sum, line) => sum + line.length, 0);
    if (all.length > 0 && size > room) break;
    all.push(...lines);
  }
  return all;
}

/** `/` and `/play`: cookies are mostly set for all of a host. */
function pathsAbove(path: string): string[] {
  const [, first = ''] = path.split('/');
  return /^[\w-]{1,40}$/.test(first) ? ['/', `/${first}`] : ['/'];
}
