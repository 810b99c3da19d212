import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request } from 'express';
import type { Logger } from 'pino';
import { AppError } from './errors.ts';
import { page } from './render.ts';
import { t } from './text.ts';

/** The only place that answers errors: a page for people, RFC 9457 problem+json for programs. */
export function errorPage(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, req, res, _next) => {
    const error = understand(thrown);
    const reference = randomBytes(4).toString('hex').toUpperCase();
    const level = levelOf(error.status);
    log[level]({
      reference,
      status: error.status,
      code: error.code,
      err: level === 'error' ? thrown : undefined,
      reason: error.message,
      detail: level === 'warn' ? error.detail : undefined,
    });
    if (res.headersSent) {
      res.destroy();
      return;
    }
    res.status(error.status).set('Cache-Control', 'no-store');
    if (error.retryAfter) res.set('Retry-After', String(error.retryAfter));
    if (error.status === 401 && wantsJson(req)) res.set('WWW-Authenticate', 'Bearer');
    if (wantsJson(req)) {
      res.type('application/problem+json').send(JSON.stringify(problem(error, reference)));
    } else {
      page(req, res, 'error', {
        error: {
          status: error.status,
          title: error.message,
          detail: error.detail,
          faults: error.faults ?? [],
          code: error.code,
        },
        reference,
      });
    }
  };
}

/** 503: somebody else does not answer. What is ours has a stack. */
function levelOf(status: number): 'info' | 'warn' | 'error' {
  if (status < 500) return 'info';
  return status === 503 ? 'warn' : 'error';
}

/** RFC 9457, with our `code`, all faults, and the reference that stands in the log. */
function problem(error: AppError, reference: string) {
  return {
    ...error.members,
    type: 'about:blank',
    title: error.message,
    status: error.status,
    detail: error.detail,
    code: error.code,
    errors: error.faults?.map((detail) => ({ detail })),
    reference,
  };
}

function wantsJson(req: Request): boolean {
  if (/^\/(api|play|dispatch)\//.test(req.path))
    return !req.accepts(['json', 'html']) || req.accepts(['json', 'html']) === 'json';
  return req.accepts(['html', 'json']) === 'json';
}

function understand(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const { status, type } = (thrown ?? {}) as { status?: number; type?: string };
  // What Express's own parsers refuse (body too large, malformed JSON, bad percent-encoding) carries a 4xx status.
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new AppError(
      status,
      type ?? 'bad-request',
      t('web.badRequest', { reason: STATUS_CODES[status] ?? '' }),
      { cause: thrown },
    );
  }
  return new AppError(500, 'internal', t('web.internal.title'), {
    detail: t('web.internal.detail'),
    cause: thrown,
  });
}
