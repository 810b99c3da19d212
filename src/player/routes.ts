import { join } from 'node:path';
import express, { Router, type Request, type RequestHandler } from 'express';
import { noteAlive } from '../attempts/alive.ts';
import { commitAttempt } from '../attempts/commit.ts';
import { receiveLog } from '../attempts/log-receive.ts';
import { goOnHere } from '../attempts/moving.ts';
import { recoverAttempt } from '../attempts/recover.ts';
import { takeTicket } from '../attempts/tickets.ts';
import type { Context } from '../context.ts';
import { AppError } from '../web/errors.ts';
import { noStore } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { fixedPage } from '../web/render.ts';
import { catalogue, t } from '../web/text.ts';
import { playAgain, windowAddress } from './again.ts';
import { bearer, commitBody, commitLimit, leftoverBody, logBody, logLimit, logRate } from './bodies.ts';
import { isAtHome, serveContent } from './content.ts';
import { takeCookiesAway } from './cookies.ts';
import { courseHeaders, launcherHeaders, refuseServiceWorkers } from './headers.ts';
import { openPlayer } from './open.ts';
import { statusOf, watch } from './status.ts';

const publicFolder = join(import.meta.dirname, '../../public');

/** The learner's browser, on the content origin: the launcher, its saves, and the files of courses. No cookies. */
export function playerRoutes(ctx: Context): Router {
  const routes = Router();

  routes.use(takeCookiesAway, refuseServiceWorkers);
  routes.use('/c', courseHeaders(ctx.config), serveContent(ctx));

  routes.use(launcherHeaders);
  const texts = clientTexts();
  routes.get('/play', noStore, fixedPage('player/play', { title: t('player.title'), texts }));

  routes.post('/play/open', noStore, async (req, res) => {
    const { version, ...opened } = await openPlayer(ctx, bearer(req));
    if (!isAtHome(ctx, req, version)) throw new AppError(421, 'wrong-host', t('player.wrongHost'));
    res.json(opened);
  });

  // Who brings no token has nothing to say worth reading eight megabytes.
  const known: RequestHandler = (req, _res, next) => void (bearer(req), next());
  routes.post('/play/commit', noStore, known, express.json({ limit: commitLimit }), async (req, res) => {
    const token = bearer(req);
    const { launch, commits } = parse(commitBody, req.body, 'The commit');
    let answer;
    for (const commit of commits) answer = await commitAttempt(ctx, token, { launch, ...commit });
    res.json(answer);
  });

  routes.post('/play/recover', noStore, known, express.json({ limit: commitLimit }), async (req, res) => {
    res.json(await recoverAttempt(ctx, bearer(req), parse(leftoverBody, req.body, 'What was kept')));
  });

  routes.post('/play/log', noStore, known, logRate(), express.json({ limit: logLimit }), async (req, res) => {
    res.json(await receiveLog(ctx, bearer(req), parse(logBody, req.body, 'The log')));
  });

  routes.post('/play/alive', noStore, async (req, res) => {
    await noteAlive(ctx, bearer(req));
    res.json({});
  });

  routes.post('/play/status', noStore, async (req, res) => void res.json(await statusOf(ctx, bearer(req))));
  routes.post('/play/watch', noStore, async (req, res) => void res.json(await watch(ctx, bearer(req))));
  routes.post('/play/again', noStore, async (req, res) => void res.json(await playAgain(ctx, bearer(req))));
  routes.post('/play/resume', noStore, async (req, res) => {
    await goOnHere(ctx, bearer(req));
    res.json({});
  });
  routes.post('/play/enter', noStore, async (req, res) => {
    res.json({ token: await takeTicket(ctx, bearer(req)) });
  });
  routes.post('/play/window', noStore, async (req, res) => {
    res.json(await windowAddress(ctx, bearer(req)));
  });

  const files = express.static(publicFolder, { index: false, maxAge: 0 });
  routes.get(
    ['/player/player.js', '/player.css', '/tokens.css', '/pages.css', '/icon.svg'],
    (req: Request, res, next) => files(req, res, next),
  );
  return routes;
}

/** The texts of the client, as JSON that may stand in a script element. */
function clientTexts(): string {
  const prefix = 'player.client.';
  const texts = Object.entries(catalogue('en')).filter(([key]) => key.startsWith(prefix));
  return JSON.stringify(
    Object.fromEntries(texts.map(([key, text]) => [key.slice(prefix.length), text])),
  ).replaceAll('<', '\\u003c');
}
