import type { ErrorRequestHandler } from 'express';
import { AppError } from '../web/errors.ts';
import type { Lms } from './lms.ts';

/**
 * What programs are told: `error` and `error_description` as OAuth has them (RFC 6749 §5.2, RFC 7591 §3.2.2), `status`
 * and `reason` as Moodle's services do. web/error-page.ts answers everything that people see.
 */
export function machineErrors(lms: Lms): ErrorRequestHandler {
  return (thrown: unknown, _req, res, _next) => {
    const { status, code, message } = understand(thrown);
    if (status >= 500) lms.log.error({ err: thrown }, 'the sandbox LMS failed');
    if (status === 401) res.set('WWW-Authenticate', `Bearer error="${code}"`);
    res
      .status(status)
      .set('Cache-Control', 'no-store')
      .json({ error: code, error_description: message, status, reason: message });
  };
}

function understand(thrown: unknown): { status: number; code: string; message: string } {
  if (thrown instanceof AppError)
    return {
      status: thrown.status,
      code: thrown.code,
      message: [thrown.message, thrown.detail].filter(Boolean).join(' '),
    };
  const { status, message } = (thrown ?? {}) as { status?: number; message?: string };
  // What Express's parsers refuse: malformed JSON, a body too large, an unknown charset.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return { status, code: 'invalid_request', message: message ?? '' };
  return { status: 500, code: 'server_error', message: 'The sandbox LMS failed; its log says why.' };
}
