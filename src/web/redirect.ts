import type { Response } from 'express';

/**
 * Sends the browser on to an absolute address of ours, or of a platform. Without a body: Express would negotiate one, in
 * three times the time, and no browser shows it.
 */
export function redirect(res: Response, status: 302 | 303, address: string): void {
  res.statusCode = status;
  res.setHeader('Location', address);
  res.end();
}
