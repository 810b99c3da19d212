import { join } from 'node:path';
import express, { type Express } from 'express';
import { adminRoutes } from './admin/routes.ts';
import { apiRoutes } from './api/routes.ts';
import type { Context } from './context.ts';
import { dispatchRoutes } from './dispatch/routes.ts';
import { openPreview } from './launch/open-course.ts';
import { launchRoutes } from './launch/routes.ts';
import { playerRoutes } from './player/routes.ts';
import { teacherRoutes } from './teacher/routes.ts';
import { errorPage } from './web/error-page.ts';
import { NotFound } from './web/errors.ts';
import { pageHeaders } from './web/headers.ts';
import { misdirected, onlyOn } from './web/origins.ts';
import { t } from './web/text.ts';

const root = join(import.meta.dirname, '..');

/** The table of what is mounted where. */
export function createApp(ctx: Context): Express {
  const { config } = ctx;
  const app = express();
  app.disable('x-powered-by');
  // One proxy: what a client writes into X-Forwarded-For stands before what the proxy adds, and is not believed.
  app.set('trust proxy', config.trustProxy ? 1 : false);
  app.set('query parser', 'simple');
  app.set('views', join(root, 'views'));
  app.set('view engine', 'ejs');
  app.set('view cache', true); // compiled once, not at every page: Express does so only with NODE_ENV=production

  app.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  app.use('/api/v1', apiRoutes(ctx));

  app.use(onlyOn('content', config, playerRoutes(ctx)));

  const shared = express.static(join(root, 'public'), {
    index: false,
    redirect: false,
    // Asked for each time and answered 304: a page never meets the style sheet of another release.
    cacheControl: false,
    setHeaders: (res) => res.setHeader('Cache-Control', 'no-cache'),
  });
  app.use(onlyOn('app', config, shared));
  app.use('/lti', onlyOn('app', config, launchRoutes(ctx)));
  app.use('/link', onlyOn('app', config, teacherRoutes(ctx, openPreview)));
  app.use('/dispatch', onlyOn('app', config, dispatchRoutes(ctx)));
  app.use(onlyOn('app', config, adminRoutes(ctx)));

  app.use(...pageHeaders('platforms'), misdirected(config), () => {
    throw new NotFound(t('web.notFound'), { detail: t('web.notFound.detail') });
  });
  app.use(errorPage(ctx.log));
  return app;
}
