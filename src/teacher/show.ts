import type { Request, Response } from 'express';
import { page } from '../web/render.ts';

/**
 * Shows one of a link's pages. They come by forms, and a browser that may not keep one can only ask, at its Back button, to send
 * the form once more: so this browser may, for itself.
 */
export function show(req: Request, res: Response, view: string, data: Record<string, unknown>): void {
  res.set('Cache-Control', 'private, no-cache');
  page(req, res, `teacher/${view}`, data);
}
