import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import multer, { diskStorage, MulterError } from 'multer';
import type { Config } from '../config.ts';
import { AppError, Invalid } from './errors.ts';
import { pageTools } from './render.ts';
import { t } from './text.ts';

const day = 24 * 3600 * 1000;

/**
 * Takes one file, field `file` of a multipart form, to disk under `dataDir/uploads` and puts it at `req.file`; the
 * other fields go to `req.body`. Whoever uses it removes the file afterwards with {@link removeUpload}, in every case.
 * A form without a file leaves `req.file` undefined. Throws 413 `too-large` over `maxUploadBytes`, 400 otherwise; then
 * nothing is left on disk.
 */
export function receiveUpload(config: Pick<Config, 'dataDir' | 'maxUploadBytes'>): RequestHandler {
  const dir = join(config.dataDir, 'uploads');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  clearOld(dir);
  const receive = multer({
    // The sender's name never becomes a path.
    storage: diskStorage({
      destination: dir,
      filename: (_req, _file, done) => done(null, `${randomUUID()}.part`),
    }),
    limits: {
      fileSize: config.maxUploadBytes,
      files: 1,
      fields: 20,
      fieldSize: 64 * 1024,
      fieldNameSize: 100,
      parts: 25,
    },
    defParamCharset: 'utf8',
  }).single('file');
  return (req, res, next) => {
    const limit = pageTools(req, res).bytes(config.maxUploadBytes);
    // A proxy or an honest client says the size first: then nobody waits for an upload that is refused at its end.
    const announced = Number(req.get('content-length') ?? 0);
    if (announced > config.maxUploadBytes + 1024 * 1024) {
      // Read on without keeping anything: who is still sending would not see the answer on a connection that is cut.
      req.resume();
      next(tooLarge(limit));
      return;
    }
    // A file in a field of another name is none: whoever uses this says what it wants.
    receive(req, res, (error: unknown) =>
      next(error && !isElsewhere(error) ? explain(error, limit) : undefined),
    );
  };
}

/** Removes a received file from disk; twice, or none at all, is fine. */
export async function removeUpload(file: { path: string } | undefined): Promise<void> {
  if (file) await rm(file.path, { force: true });
}

function isElsewhere(error: unknown): boolean {
  return error instanceof MulterError && error.code === 'LIMIT_UNEXPECTED_FILE' && error.field !== 'file';
}

function explain(error: unknown, limit: string): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') return tooLarge(limit);
    if (error.code === 'LIMIT_FILE_COUNT' || error.code === 'LIMIT_UNEXPECTED_FILE') {
      return new Invalid('unexpected-file', t('web.upload.twoFiles.title'), {
        detail: t('web.upload.twoFiles.detail'),
        cause: error,
      });
    }
    return new Invalid('bad-form', t('web.badRequest', { reason: error.message }), { cause: error });
  }
  // What the multipart parser says of a body that ends early or has no boundary is an Error without a status.
  const { code, message } = error as NodeJS.ErrnoException;
  if (code && /^E[A-Z]+$/.test(code) && code !== 'ECONNRESET') return error;
  if (/aborted|unexpected end|closed|ECONNRESET/i.test(`${message} ${code}`)) {
    return new Invalid('upload-broken', t('web.upload.broken.title'), {
      detail: t('web.upload.broken.detail'),
      cause: error,
    });
  }
  return new Invalid('bad-form', t('web.badRequest', { reason: message }), { cause: error });
}

function tooLarge(limit: string): AppError {
  return new AppError(413, 'too-large', t('web.upload.tooLarge.title'), {
    detail: t('web.upload.tooLarge.detail', { limit }),
  });
}

/** What a crash left behind more than a day ago. */
function clearOld(dir: string): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    const info = statSync(path, { throwIfNoEntry: false });
    if (info && info.mtimeMs < Date.now() - day) rmSync(path, { force: true });
  }
}
