import { join } from 'node:path';
import express, { Router, type Express, type RequestHandler } from 'express';
import { errorPage } from '../web/error-page.ts';
import { AppError, NotFound } from '../web/errors.ts';
import { pageHeaders } from '../web/headers.ts';
import { t } from '../web/text.ts';
import { authRoutes } from './auth.ts';
import { configurationRoutes } from './configuration.ts';
import { deepLinkingRoutes } from './deep-linking.ts';
import { frameRoutes } from './frames.ts';
import { lineItemRoutes } from './line-items.ts';
import type { Lms } from './lms.ts';
import { machineErrors } from './machine-errors.ts';
import { membershipRoutes } from './memberships.ts';
import { pageRoutes } from './pages.ts';
import { course } from './people.ts';
import { registerRoutes } from './register.ts';
import { scoreRoutes } from './scores.ts';
import { tokenRoutes } from './token.ts';
import { troubled } from './trouble.ts';

const root = join(import.meta.dirname, '../..');
const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#66727e"/>' +
  '<path d="M12 5 3 9.500l9 4.500 9-4.500zM6.500 13v4c3 2.500 8 2.500 11 0v-4" fill="none" stroke="#fff" stroke-width="1.800" stroke-linejoin="round"/></svg>';

/** The table of what the sandbox LMS serves: what the tool's server asks for, what browsers do on the way, what people see. */
export function createSandboxApp(lms: Lms): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  // Its own error page, with a way back, stands in for everybody's.
  app.set('views', [join(root, 'views/sandbox/instead'), join(root, 'views')]);
  app.set('view engine', 'ejs');
  app.use(ownHost(lms));

  const machines = Router();
  machines.use(configurationRoutes(lms), registerRoutes(lms), tokenRoutes(lms));
  const services = `/api/courses/${course.id}`;
  machines.use(`${services}/lineitems`, troubled(lms, 'ags'), lineItemRoutes(lms), scoreRoutes(lms));
  machines.use(`${services}/memberships`, troubled(lms, 'memberships'), membershipRoutes(lms));
  machines.use('/api', () => {
    throw new AppError(404, 'not_found', 'There is no such service.');
  });
  machines.use(machineErrors(lms));
  app.use(machines);

  app.get(['/tokens.css', '/pages.css', '/sandbox.css', '/sandbox.js'], (req, res) =>
    res.sendFile(req.path, { root: join(root, 'public') }),
  );
  app.get('/icon.svg', (_req, res) => void res.type('svg').send(icon));
  app.use(authRoutes(lms), deepLinkingRoutes(lms), frameRoutes(lms), pageRoutes(lms));

  app.use(...pageHeaders('platforms'), () => {
    throw new NotFound(t('web.notFound'));
  });
  app.use(errorPage(lms.log));
  return app;
}

/** Answers under its own name only, so that a name that somebody else points at this machine reaches nothing. */
function ownHost(lms: Lms): RequestHandler {
  const { host } = new URL(lms.url);
  return (req, res, next) => {
    if (req.get('host')?.toLowerCase() === host) return next();
    if (req.method === 'GET')
      return res.redirect(308, lms.url + (req.path === '/' ? '/' : req.originalUrl.replace(/^\/+/, '/')));
    next(new AppError(421, 'unknown-host', t('sandbox.unknownHost', { url: lms.url })));
  };
}
