import { Router, type RequestHandler } from 'express';
import { z } from 'zod';
import { parse } from '../web/parse.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';
import { checkForm } from './own-requests.ts';
import { visitorOf, type World } from './visitor.ts';

const themes = ['system', 'light', 'dark'] as const;
const themeForm = z.object({ theme: z.enum(themes) });
const cookie = 'coursedock_theme';

/** Gives the views what stands around every work page; also around an error that happens on one. */
export function frame({ config }: World): RequestHandler {
  return (req, res, next) => {
    const { person, csrf } = visitorOf(req);
    const theme = readCookie(config, req, cookie);
    res.locals.csrf = csrf;
    res.locals.nav = {
      current: req.originalUrl.split(/[/?]/)[2] ?? '',
      person: { name: person.name, email: person.email },
      csrf,
      theme: themes.find((each) => each === theme) ?? 'system',
    };
    next();
  };
}

/** The switch of colours, for browsers without scripts as for those with. */
export function themeRoutes({ config }: World): Router {
  const routes = Router();
  routes.post('/theme', checkForm, (req, res) => {
    const { theme } = parse(themeForm, req.body);
    if (theme === 'system') clearCookie(config, res, cookie);
    else writeCookie(config, res, cookie, theme);
    res.redirect(303, '/admin');
  });
  return routes;
}
