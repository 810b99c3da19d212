import type { RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { NotFound } from '../web/errors.ts';
import { newNonce } from '../web/nonce.ts';
import { t } from '../web/text.ts';

/**
 * `unload` is being taken away from pages that do not ask for it, and many courses save their last word there.
 * https://developer.chrome.com/docs/web-platform/deprecating-unload
 */
const permissions = 'unload=(self)';

/**
 * No course gets a service worker. It would outlive the course, and be told the address of every page of the origin as it was
 * opened: the next course's `/play#token`, in whatever tab (`clients.matchAll({ includeUncontrolled: true })`; tried, and worked).
 * https://w3c.github.io/ServiceWorker/#service-worker-script-request
 */
export const refuseServiceWorkers: RequestHandler = (req, res, next) => {
  // What the browser has in its cache as a script must not serve it as a worker.
  res.vary('Service-Worker');
  if (req.get('service-worker')) throw new NotFound(t('player.file'));
  next();
};

/** Headers of everything on the content origin that is ours: the launcher, its script and styles, its answers. */
export const launcherHeaders: RequestHandler = (_req, res, next) => {
  const nonce = newNonce();
  res.locals.nonce = nonce;
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    // A course may live elsewhere (an absolute href), and may send its own frame to a blob it made.
    "frame-src 'self' https: http: blob: data:",
    "base-uri 'none'",
    "form-action 'none'",
    // Any LMS: vanity domains make a list of platforms' origins incomplete.
    'frame-ancestors https: http:',
  ];
  res.set({
    'Content-Security-Policy': policy.join('; '),
    'Permissions-Policy': permissions,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    // With it `document.domain = …`, which old courses set, does nothing and cannot part them from their API.
    'Origin-Agent-Cluster': '?1',
  });
  next();
};

/** Headers of a course's own files: it may do all that a page may do. */
export function courseHeaders(config: Pick<Config, 'contentUrl'>): RequestHandler {
  // `frame-ancestors 'self'` would look at every frame above, the LMS's too, and lock the course out of each of them.
  const policy = ["frame-ancestors 'self' https: http:"];
  // On https the http:// links of old courses would be blocked; many of those hosts answer on https today.
  if (config.contentUrl.startsWith('https:')) policy.push('upgrade-insecure-requests');
  return (_req, res, next) => {
    res.set({
      'Content-Security-Policy': policy.join('; '),
      'Permissions-Policy': permissions,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'Origin-Agent-Cluster': '?1',
    });
    next();
  };
}
