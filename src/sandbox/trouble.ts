import { setTimeout as wait } from 'node:timers/promises';
import type { JWTPayload } from 'jose';
import type { RequestHandler } from 'express';
import type { Lms } from './lms.ts';

/** The ways in which an LMS misbehaves. Empty: it behaves. */
export type Trouble = {
  /** Cuts the connection of everything the tool's server asks for. */
  down?: boolean;
  /** Milliseconds before each answer to the tool's server. */
  slow?: number;
  /** The HTTP status that a service answers instead of doing anything. */
  token?: number;
  ags?: number;
  memberships?: number;
  jwks?: number;
  /** Seconds, sent as `Retry-After` with such a status. */
  retryAfter?: number;
  /** After so many troubled answers all is well again. */
  times?: number;
  /** Changes the claims of an id_token before it is signed. */
  claims?: (claims: JWTPayload) => JWTPayload;
};

export type Service = 'token' | 'ags' | 'memberships' | 'jwks';

/** Stands before a service that the tool's server calls: notes the request, and is in the way as told. */
export function troubled(lms: Lms, service: Service): RequestHandler {
  return async (req, res, next) => {
    res.once('close', () => {
      lms.heard.push({
        method: req.method,
        path: req.originalUrl,
        status: res.writableFinished ? res.statusCode : 0,
        body: req.body as unknown,
      });
      if (lms.heard.length > 1_000) lms.heard.shift();
    });
    const { down, slow, retryAfter } = lms.trouble;
    const status = lms.trouble[service];
    if (slow) await wait(slow);
    if (!down && !status) return next();
    if (lms.trouble.times !== undefined && --lms.trouble.times <= 0) lms.trouble = {};
    if (down) return void req.socket.destroy();
    if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter));
    res
      .status(status!)
      .json({ error: 'trouble', status, reason: `The sandbox was told to answer ${status}.` });
  };
}
