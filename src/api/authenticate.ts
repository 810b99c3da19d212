import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { authenticateKey } from '../access/api-keys.ts';
import type { Context } from '../context.ts';
import { AppError, Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';

/** Who calls: set on every request behind {@link requireKey}. */
export type Caller = { workspace: string; key: string; scopes: string[] };

const callers = new WeakMap<Request, Caller>();

export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller) throw new Error('A route of the API stands outside requireKey');
  return caller;
}

/** `Authorization: Bearer <key>` or `X-API-Key: <key>`, else 401. */
export function requireKey(ctx: Pick<Context, 'db' | 'now'>): RequestHandler[] {
  // Keys have 128 random bits; the limit is for the load of guessing, not for its chance. Only failures count.
  const slowGuessing = rateLimit({
    windowMs: 60_000,
    limit: 60,
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_req, res) => res.statusCode !== 401,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Its own complaints about odd requests go past our log.
    validate: false,
    handler: (_req, _res, next) =>
      next(
        new AppError(429, 'too-many-failures', t('api.tooManyFailures.title'), {
          detail: t('api.tooManyFailures.detail'),
          retryAfter: 60,
        }),
      ),
  });
  const authenticate: RequestHandler = async (req, _res, next) => {
    const header =
      req.get('authorization') ?? (req.get('x-api-key') ? `Bearer ${req.get('x-api-key')}` : undefined);
    callers.set(req, await authenticateKey(ctx, header));
    next();
  };
  return [slowGuessing, authenticate];
}

/** Lets a key through that has the scope, or all of them (`*`). */
export function needs(scope: `${string}:${'read' | 'write'}`): RequestHandler {
  return (req, _res, next) => {
    const { scopes } = callerOf(req);
    if (scopes.includes('*') || scopes.includes(scope)) return next();
    throw new Forbidden('scope-missing', t('api.scope.title', { scope }), { detail: t('api.scope.detail') });
  };
}
