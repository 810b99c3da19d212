import { Router, urlencoded } from 'express';
import type { Context } from '../context.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { attemptRoutes } from './attempt.ts';
import { coursesRoutes } from './courses.ts';
import { courseRoutes } from './course.ts';
import { deliveriesRoutes } from './deliveries.ts';
import { frame, themeRoutes } from './frame.ts';
import { keysRoutes } from './keys.ts';
import { fromOurPages } from './own-requests.ts';
import { platformsRoutes } from './platforms.ts';
import { reviewRoutes } from './review.ts';
import { signInRoutes } from './sign-in.ts';
import { startRoutes } from './start.ts';
import { findVisitor, signedIn } from './visitor.ts';

const ours = [/^\/$/, '/admin', '/sign-in', '/sign-out', '/welcome'];

/** The door for people who run the service. */
export function adminRoutes(ctx: Context): Router {
  const routes = Router();
  routes.use(ours, ...pageHeaders('nobody'), noStore, (_req, res, next) => {
    // `no-referrer` would make browsers send `Origin: null` with our own forms (Fetch, "append a request Origin header").
    res.set('Referrer-Policy', 'same-origin');
    next();
  });
  routes.use(ours, fromOurPages(ctx.config), urlencoded({ extended: false, limit: '256kb' }));

  routes.get('/', async (req, res) =>
    res.redirect(303, (await findVisitor(ctx, req)) ? '/admin' : '/sign-in'),
  );
  routes.use(signInRoutes(ctx));

  const work = Router();
  work.use(signedIn(ctx), frame(ctx));
  work.use(startRoutes(ctx), themeRoutes(ctx));
  work.use('/courses', coursesRoutes(ctx), courseRoutes(ctx));
  work.use('/attempts', reviewRoutes(ctx), attemptRoutes(ctx));
  work.use('/platforms', platformsRoutes(ctx));
  work.use('/deliveries', deliveriesRoutes(ctx));
  work.use('/keys', keysRoutes(ctx));
  routes.use('/admin', work);
  return routes;
}
