import express, { Router, type ErrorRequestHandler, type Request, type Response } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { canvasConfiguration } from '../lti/canvas.ts';
import { RegistrationRefused } from '../lti/errors.ts';
import { noteKeysFetched, noteLaunch, noteLogin } from '../lti/heard.ts';
import { publicKeys } from '../lti/keys.ts';
import { startLogin } from '../lti/login.ts';
import { noteRefusal } from '../lti/refusals.ts';
import { registerPlatform } from '../lti/registration.ts';
import { proveLaunch, takeUnproven, verifyLaunch, type Launch } from '../lti/verify-launch.ts';
import { showLink } from '../teacher/routes.ts';
import { AppError, Invalid } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { parse } from '../web/parse.ts';
import { redirect } from '../web/redirect.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { forgetSecret, rememberSecret, secretsOf } from './browser.ts';
import { openLink } from './open-course.ts';
import { pickRoutes, showPicker } from './pick-routes.ts';
import { namesAttempt } from './review.ts';
import { reviewRoutes, showReview } from './review-routes.ts';

const atMost = (max: number) => z.string().max(max, `is longer than ${max} characters`);
const short = atMost(8192).min(1, 'is empty');
/** A platform that has nothing to say may say so with an empty field. */
const perhaps = <T extends z.ZodType>(schema: T) =>
  z
    .literal('')
    .transform(() => undefined)
    .or(schema)
    .optional();

const loginRequest = z.object({
  iss: short,
  login_hint: short,
  target_link_uri: short,
  lti_message_hint: atMost(8192).optional(),
  // Canvas sends the deployment under both names.
  client_id: perhaps(short),
  lti_deployment_id: perhaps(atMost(255)),
  lti_storage_target: perhaps(z.string().regex(/^[\w.-]{1,100}$/, 'is not the name of a frame')),
});

const launchPost = z.object({
  // A login's deployment, its hints and where it keeps its secret, with room for any script (lti/login.ts).
  state: atMost(4000).optional(),
  id_token: atMost(256 * 1024).optional(),
  error: atMost(1000).optional(),
  error_description: atMost(5000).optional(),
});

const proofPost = z.object({ ticket: z.string().max(100), secret: z.string().max(100) });
const ticketPost = z.object({ ticket: z.string().max(100) });
const registration = z.object({
  openid_configuration: short.optional(),
  registration_token: atMost(8192).optional(),
});

/** The doors an LMS comes through, mounted at /lti. */
export function launchRoutes(ctx: Context): Router {
  const router = Router();
  // Not qs: a parameter that comes twice is refused as such, and none becomes an object. Only forms: LTI has no JSON here.
  const form = express.urlencoded({ extended: false, limit: '256kb', parameterLimit: 100 });

  router.get('/jwks', async (req, res) => {
    await noteKeysFetched(ctx, req.get('user-agent'));
    res.set('Cache-Control', 'public, max-age=300').json(await publicKeys(ctx));
  });
  router.get('/config/canvas.json', (_req, res) => {
    res.set('Cache-Control', 'public, max-age=300').json(canvasConfiguration(ctx.config));
  });

  router.use(...pageHeaders('platforms'), noStore);

  router.get('/login', limit(ctx, 6000), (req, res) => login(ctx, req, res, req.query));
  router.post('/login', limit(ctx, 6000), form, (req, res) => login(ctx, req, res, req.body));
  router.get('/launch', () => {
    throw new Invalid('lti-post', t('launch.post.title'), { detail: t('launch.post.detail') });
  });
  router.post('/launch', form, async (req, res) => {
    const post = parseForm(launchPost, req.body, 'launch.launch.incomplete');
    const verified = await verifyLaunch(ctx, post, secretsOf(ctx.config, req));
    if (!verified.proven) return void askForProof(req, res, verified);
    forgetSecret(ctx.config, res, verified.key);
    await enter(ctx, req, res, verified.launch);
  });
  router.post('/launch/proof', form, async (req, res) => {
    const { ticket, secret } = parse(proofPost, req.body ?? {}, t('launch.form'));
    await enter(ctx, req, res, await proveLaunch(ctx, ticket, secret));
  });
  router.post('/launch/window', form, async (req, res) => {
    const { ticket } = parse(ticketPost, req.body ?? {}, t('launch.form'));
    const found = await takeUnproven(ctx, ticket, secretsOf(ctx.config, req));
    if (!found.proven) return void page(req, res.status(403), 'launch/again', { fields: found.request });
    forgetSecret(ctx.config, res, found.key);
    await enter(ctx, req, res, found.launch);
  });

  router.get('/register/:invitation', limit(ctx, 60), async (req, res) => {
    const asked = parseForm(registration, req.query, 'launch.login.incomplete');
    const { openid_configuration, registration_token } = asked;
    if (!openid_configuration) throw new RegistrationRefused('configuration-missing');
    const connected = await registerPlatform(ctx, String(req.params.invitation), {
      openid_configuration,
      registration_token,
    });
    page(req, res, 'launch/connected', { platform: connected.platform, waiting: connected.waiting });
  });

  router.use(pickRoutes(ctx));
  router.use(reviewRoutes(ctx));

  router.all(
    ['/login', '/launch', '/launch/proof', '/launch/window', '/register/:invitation', '/jwks'],
    (req) => {
      throw new AppError(405, 'method', t('launch.method.title', { method: req.method }), {
        detail: t('launch.method.detail'),
      });
    },
  );
  router.use(noteRefusals(ctx));
  return router;
}

/** What was refused to somebody of a platform is kept for its administrators; the answer is another's (web/error-page.ts). */
function noteRefusals(ctx: Context): ErrorRequestHandler {
  return async (error: unknown, req, _res, next) => {
    try {
      const came = { ...req.query, ...(req.body as object | undefined) };
      if (error instanceof AppError && error.status < 500) await noteRefusal(ctx, error, came);
    } catch (err) {
      ctx.log.warn({ err }, 'a refusal could not be noted');
    }
    next(error);
  };
}

async function login(ctx: Context, req: Request, res: Response, parameters: unknown): Promise<void> {
  const request = parseForm(loginRequest, parameters, 'launch.login.incomplete');
  const started = await startLogin(ctx, request);
  await noteLogin(ctx, started.platform);
  rememberSecret(ctx.config, res, started.key, started.secret);
  // A frame may keep no cookie, but its own storage, or the platform's. A page of its own, and a program, need neither.
  const framed = /^i?frame$/.test(req.get('sec-fetch-dest') ?? '');
  if (started.storage || framed) page(req, res, 'launch/onward', { ...started });
  else redirect(res, 302, started.redirect);
}

/** A message of a platform, by a browser that began it: to the course, to the link's page, to the picker, or to what somebody did. */
async function enter(ctx: Context, req: Request, res: Response, launch: Launch): Promise<void> {
  await noteLaunch(ctx, launch.platform._id);
  switch (launch.message) {
    case 'resource': {
      if (namesAttempt(launch)) return showReview(ctx, req, res, launch);
      const opened = await openLink(ctx, launch);
      if ('teaches' in opened) return showLink(ctx, req, res, launch, opened.teaches);
      return redirect(res, 303, opened.address);
    }
    case 'deep-linking':
      return showPicker(ctx, req, res, launch);
    case 'submission-review':
      return showReview(ctx, req, res, launch);
  }
}

/** No cookie came. 403: so far this is a refusal, which a script in the right browser turns round. */
function askForProof(
  req: Request,
  res: Response,
  proof: { ticket: string; key: string; storage?: object },
): void {
  page(req, res.status(proof.storage ? 200 : 403), 'launch/proof', { proof });
}

/** Parses what an LMS sent; a fault is told in words for the LMS's administrator. */
function parseForm<T extends z.ZodType>(schema: T, value: unknown, text: string): z.infer<T> {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const given = (value as Record<string, unknown> | undefined)?.[String(issue.path[0])];
    return `${issue.path.join('.')}: ${given === undefined ? 'is missing' : Array.isArray(given) ? 'came more than once' : issue.message}`;
  });
  throw new Invalid('lti-request', t(`${text}.title`), { detail: t(`${text}.detail`), faults });
}

/** Per address and minute; behind a proxy that we do not trust all come from its address, which is not counted. */
function limit(ctx: Context, perMinute: number) {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    // Later drafts put a hash of the address into every answer.
    standardHeaders: 'draft-6',
    legacyHeaders: false,
    // It would write its doubts about odd requests past our log.
    validate: false,
    skip: (req) => !ctx.config.trustProxy && /^(::1|(::ffff:)?127\.)/.test(req.ip ?? ''),
    handler: (_req, _res, next) =>
      next(
        new AppError(429, 'too-many', t('launch.tooMany.title'), {
          detail: t('launch.tooMany.detail'),
          retryAfter: 60,
        }),
      ),
  });
}
