import type { Request, Response } from 'express';
import { AppError } from '../web/errors.ts';
import type { Lms } from './lms.ts';

/** As strict as Moodle: a vendor's media type and nothing in its place. */
export function requireMedia(req: Request, type: string): void {
  if (!req.is(type)) throw new AppError(415, 'invalid_request', `The Content-Type must be ${type}.`);
}

export function requireReadable(req: Request, type: string): void {
  if (!req.accepts([type]))
    throw new AppError(
      406,
      'invalid_request',
      `This is answered as ${type}, which the Accept header does not name.`,
    );
}

/** One page of a list by `limit` and `from`, with the address of the next in the Link header (RFC 8288). */
export function paged<T>(lms: Lms, req: Request, res: Response, all: T[]): T[] {
  const limit = Math.min(wholeNumber(req, 'limit', 50), 50) || 50;
  const from = wholeNumber(req, 'from', 0);
  if (from + limit < all.length) {
    const next = new URL(req.originalUrl, lms.url);
    next.searchParams.set('limit', String(limit));
    next.searchParams.set('from', String(from + limit));
    res.set('Link', `<${next.href}>; rel="next"`);
  }
  return all.slice(from, from + limit);
}

function wholeNumber(req: Request, name: string, otherwise: number): number {
  const value = req.query[name];
  if (value === undefined) return otherwise;
  if (typeof value !== 'string' || !/^\d{1,6}$/.test(value))
    throw new AppError(400, 'invalid_request', `${name} must be a whole number.`);
  return Number(value);
}
