import { pipeline } from 'node:stream/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { Context } from '../context.ts';
import { NotFound } from '../web/errors.ts';
import type { StoredFile } from '../store/files.ts';
import { contentOrigin } from '../web/origins.ts';
import { t } from '../web/text.ts';
import { filePath, isSigned } from './content-path.ts';
import { contentType } from './content-type.ts';
import { readRange } from './range.ts';

type World = Pick<Context, 'config' | 'files' | 'secret' | 'now'>;

/**
 * GET and HEAD `/c/<version>/<seal>/<path>`: a file of a course version, with ranges (video seeks by them) and
 * caching for as long as its address holds. Whatever is not exactly that is not there.
 */
export function serveContent(ctx: World): RequestHandler {
  return async (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return next();
    const file = await findFile(ctx, req);
    if (!file) throw new NotFound(t('player.file'));
    await send(req, res, file);
  };
}

async function findFile(ctx: World, req: Request): Promise<(StoredFile & { type: string }) | undefined> {
  const [, version = '', seal = '', rest = ''] = /^\/([a-z0-9_-]+)\/([^/]+)\/(.+)$/.exec(req.path) ?? [];
  if (!isSigned(ctx, version, seal) || !isAtHome(ctx, req, version)) return undefined;
  const path = filePath(rest);
  if (path === undefined) return undefined;
  // A Mac writes "é" into a ZIP as e and accent (NFD), a browser asks for it as one letter (NFC), and the other way about.
  for (const spelling of new Set([path, path.normalize('NFC'), path.normalize('NFD')])) {
    const file = await ctx.files.find(version, spelling);
    if (file) return { ...file, type: contentType(path) };
  }
  return undefined;
}

/** Where every version has an origin of its own, no version is served on another's. */
export function isAtHome(ctx: Pick<Context, 'config'>, req: Request, version: string): boolean {
  return req.get('host')?.toLowerCase() === new URL(contentOrigin(ctx.config, version)).host;
}

async function send(req: Request, res: Response, file: StoredFile & { type: string }): Promise<void> {
  // Not res.set: Express would add a charset, and overrule what the course's own <meta> says.
  res.setHeader('Content-Type', file.type);
  res.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=604800, immutable',
    ETag: `"${file.size.toString(36)}-${file.modified.getTime().toString(36)}"`,
    'Last-Modified': file.modified.toUTCString(),
  });
  if (req.fresh) return void res.status(304).end();
  const range = isSameFile(req, res) ? readRange(req.get('range'), file.size) : undefined;
  if (range === 'unsatisfiable') {
    res.removeHeader('Cache-Control');
    return void res.status(416).set('Content-Range', `bytes */${file.size}`).end();
  }
  if (range) res.status(206).set('Content-Range', `bytes ${range.start}-${range.end}/${file.size}`);
  res.set('Content-Length', String(range ? range.end - range.start + 1 : file.size));
  if (req.method === 'HEAD' || file.size === 0) return void res.end();
  await pipeline(file.stream(range), res).catch((error: NodeJS.ErrnoException) => {
    // The browser went elsewhere, as it does all the time with video.
    if (!goneCodes.has(error.code ?? '')) throw error;
  });
}

/** What a stream says whose other end has left, during the answer or before it. */
const goneCodes = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_UNABLE_TO_PIPE', 'ECONNRESET', 'EPIPE']);

/** A range counts only for the file the browser has the other part of (If-Range, RFC 9110 13.1.5). */
function isSameFile(req: Request, res: Response): boolean {
  const condition = req.get('if-range');
  return !condition || condition === res.get('ETag') || condition === res.get('Last-Modified');
}
