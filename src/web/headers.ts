import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * Headers of our own pages. `frames`: who may put the page into a frame – nobody for work pages, any platform for
 * pages inside an LMS (vanity domains make a list of platforms' origins incomplete: a Canvas is not at its issuer's host).
 */
export function pageHeaders(frames: 'nobody' | 'platforms'): RequestHandler[] {
  const nonce: RequestHandler = (_req, res, next) => {
    res.locals.nonce = randomBytes(16).toString('base64');
    next();
  };
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: [
          "'self'",
          (_req, res) => `'nonce-${(res as unknown as { locals: { nonce: string } }).locals.nonce}'`,
        ],
        styleSrc: [
          "'self'",
          (_req, res) => `'nonce-${(res as unknown as { locals: { nonce: string } }).locals.nonce}'`,
        ],
        imgSrc: ["'self'", 'data:', 'https:', 'http:'],
        frameSrc: ['https:', 'http:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        // A form may be answered with a redirect to the platform, so its target cannot be limited to ourselves.
        formAction: ["'self'", 'https:', 'http:'],
        frameAncestors: frames === 'nobody' ? ["'none'"] : ['https:', 'http:'],
      },
    },
    frameguard: frames === 'nobody' ? { action: 'deny' } : false,
    crossOriginEmbedderPolicy: false,
    // An LMS that opened us in a window talks to us by postMessage: COOP would cut that.
    crossOriginOpenerPolicy: frames === 'nobody' ? { policy: 'same-origin' } : false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  return [nonce, protect];
}

/** For answers that hold something personal or one-time. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};
