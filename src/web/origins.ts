import type { Request, RequestHandler } from 'express';
import type { Config } from '../config.ts';
import { AppError } from './errors.ts';
import { t } from './text.ts';

/** The origin a course version plays on: its own where CONTENT_URL has a `*`. */
export function contentOrigin(config: Config, version: string): string {
  return config.contentUrl.replace('*', version.replaceAll('_', '-'));
}

/** Which of our two origins a request came to, by its Host. */
export function originOf(config: Config, req: Request): 'app' | 'content' | undefined {
  const host = req.get('host')?.toLowerCase() ?? '';
  if (host === new URL(config.publicUrl).host) return 'app';
  const content = new URL(config.contentUrl.replace('://*.', '://')).host;
  if (
    config.contentUrl.includes('*')
      ? host.endsWith(`.${content}`) && !host.slice(0, -content.length - 1).includes('.')
      : host === content
  ) {
    return 'content';
  }
  return undefined;
}

/** Lets a router answer on one origin only; pages asked for on the other are sent where they live. */
export function onlyOn(origin: 'app' | 'content', config: Config, router: RequestHandler): RequestHandler {
  return (req, res, next) => (originOf(config, req) === origin ? router(req, res, next) : next());
}

/** After all routers: somebody typed an address that is not ours, or the one of the other origin. */
export function misdirected(config: Config): RequestHandler {
  return (req, res, next) => {
    const origin = originOf(config, req);
    if (origin === 'content' && req.method === 'GET' && req.accepts(['html'])) {
      // One slash at the front: two would be read as another host, or as no address at all.
      const path = req.originalUrl.replace(/^[/\\]+/, '/');
      if (/^\/($|\?|admin|lti)/.test(path)) return res.redirect(308, config.publicUrl + path);
    }
    if (origin) return next();
    next(
      new AppError(
        421,
        'unknown-host',
        t('web.unknownHost.title', { host: req.get('host') || t('web.unknownHost.nameless') }),
        {
          detail: t('web.unknownHost.detail', { url: config.publicUrl }),
        },
      ),
    );
  };
}
