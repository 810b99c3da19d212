import type { Request, RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { sameSecret } from '../store/token.ts';
import { Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { visitorOf } from './visitor.ts';

/**
 * Refuses what another site makes a browser send. Fetch metadata says it plainly; older browsers, and plain http, have
 * Origin. A request with neither comes from no browser page; the form's token still decides.
 */
export function fromOurPages({ publicUrl }: Pick<Config, 'publicUrl'>): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    if (site ? site !== 'same-origin' : origin && origin !== publicUrl) throw foreign();
    next();
  };
}

/** The form, or the script, must know the session's token. After the body has been read. */
export const checkForm: RequestHandler = (req, _res, next) => {
  checkToken(req);
  next();
};

export function checkToken(req: Request): void {
  const sent: unknown = (req.body as Record<string, unknown> | undefined)?.csrf;
  if (typeof sent !== 'string' || !sameSecret(sent, visitorOf(req).csrf)) throw foreign();
}

function foreign(): Forbidden {
  return new Forbidden('foreign-request', t('admin.foreign.title'), { detail: t('admin.foreign.detail') });
}
