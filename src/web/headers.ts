import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import { newNonce } from './nonce.ts';

/**
 * Headers of our own pages. `frames`: who may put the page into a frame – nobody for work pages, any platform for
 * pages inside an LMS (vanity domains make a list of platforms' origins incomplete: a Canvas is not at its issuer's host).
 */
export function pageHeaders(frames: 'nobody' | 'platforms'): RequestHandler[] {
  const mark = 'a-nonce-of-each-page';
  const headers = headersOf({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'", `'nonce-${mark}'`],
        styleSrc: ["'self'", `'nonce-${mark}'`],
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
  return [
    (_req, res, next) => {
      const nonce = newNonce();
      res.locals.nonce = nonce;
      for (const [name, value] of headers) res.setHeader(name, value.replaceAll(mark, nonce));
      next();
    },
  ];
}

/** What helmet sets with these options: asked once, not at every page. */
function headersOf(options: HelmetOptions): [string, string][] {
  const headers: [string, string][] = [];
  const res = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => {},
  };
  helmet(options)({} as IncomingMessage, res as unknown as ServerResponse, (error?: unknown) => {
    if (error) throw error;
  });
  return headers;
}

/** For answers that hold something personal or one-time. */
export const noStore: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};
