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
  const host = req.headers.host?.toLowerCase() ?? '';
  const { app, content, isStarred } = hostsOf(config);
  if (host === app) return 'app';
  if (
    isStarred
      ? host.endsWith(`.${content}`) && !host.slice(0, -content.length - 1).includes('.')
      : host === content
  )
    return 'content';
  return undefined;
}

type Hosts = { app: string; content: string; isStarred: boolean };
const known = new WeakMap<Config, Hosts>();

/** Read once: every request is asked several times where it came to. */
function hostsOf(config: Config): Hosts {
  const hosts = known.get(config) ?? {
    app: new URL(config.publicUrl).host,
    content: new URL(config.contentUrl.replace('://*.', '://')).host,
    isStarred: config.contentUrl.includes('*'),
  };
  known.set(config, hosts);
  return hosts;
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
