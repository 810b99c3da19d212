import { Router, type Request, type Response } from 'express';
import { noStore, pageHeaders } from '../web/headers.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { initiateLaunch, initiatePick, initiateReview, type Login, type LoginOptions } from './initiate.ts';
import type { Lms } from './lms.ts';
import { getActivity } from './pages.ts';
import { personOf, requireTeacher, whoIsIt, workOf } from './person.ts';

/** What happens inside the frames of this LMS's pages, or in a window of its own: on the way to the tool, and back from it. */
export function frameRoutes(lms: Lms): Router {
  const router = Router();
  router.use(
    ['/activities/:id/open', '/activities/:id/work/:learner/open', '/pick/open', '/return/:id'],
    ...pageHeaders('platforms'),
    noStore,
    whoIsIt,
  );

  router.get('/activities/:id/open', async (req, res) => {
    const activity = getActivity(lms, String(req.params.id));
    send(req, res, await initiateLaunch(lms, personOf(res), activity, optionsOf(req)));
  });

  router.get('/activities/:id/work/:learner/open', async (req, res) => {
    const activity = getActivity(lms, String(req.params.id));
    const learner = workOf(res, String(req.params.learner));
    send(req, res, await initiateReview(lms, personOf(res), activity, learner, optionsOf(req)));
  });

  router.get('/pick/open', async (req, res) => {
    send(req, res, await initiatePick(lms, requireTeacher(res), optionsOf(req)));
  });

  // LTI Core 1.3 §5.4.4: the tool sends people back here, perhaps with something to say.
  router.get('/return/:id', (req, res) => {
    const said = (name: string) =>
      typeof req.query[name] === 'string' ? req.query[name].slice(0, 500) : undefined;
    page(req, res, 'sandbox/out', {
      title: t('sandbox.return.title'),
      message: said('lti_msg'),
      errorMessage: said('lti_errormsg'),
      href: '/',
    });
  });
  return router;
}

function send(req: Request, res: Response, login: Login): void {
  page(req, res, 'sandbox/post', { ...login, title: t('sandbox.opening') });
}

/** In a frame the page around it keeps things for the tool (LTI Client Side postMessages); a window has no such page. */
function optionsOf(req: Request): LoginOptions {
  const target = req.query.target === 'window' ? 'window' : 'iframe';
  return { target, storage: target === 'iframe' };
}
