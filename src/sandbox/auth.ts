import express, { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { AppError } from '../web/errors.ts';
import { noStore, pageHeaders } from '../web/headers.ts';
import { page } from '../web/render.ts';
import { t } from '../web/text.ts';
import { deepLinkingClaims, resourceLinkClaims, submissionReviewClaims } from './claims.ts';
import { getTool } from './initiate.ts';
import { signAs } from './keys.ts';
import type { Lms } from './lms.ts';
import { issue, take } from './one-time.ts';
import { findPerson, type Person } from './people.ts';
import type { Ticket, Tool } from './state.ts';

const authRequest = z.object({
  client_id: z.string(),
  redirect_uri: z.string(),
  scope: z.string().optional(),
  response_type: z.string().optional(),
  response_mode: z.string().optional(),
  prompt: z.string().optional(),
  nonce: z.string().optional(),
  state: z.string().optional(),
  login_hint: z.string().optional(),
  lti_message_hint: z.string().optional(),
});
type AuthRequest = z.infer<typeof authRequest>;

/** `/auth`: answers the tool's authentication request with an id_token (LTI Security Framework 1.0 §5.1.1.2–3). */
export function authRoutes(lms: Lms): Router {
  const router = Router();
  const answer = (given: unknown) => async (req: Request, res: Response) => {
    const { action, fields } = await authenticate(lms, given);
    page(req, res, 'sandbox/post', { action, fields, title: t('sandbox.opening') });
  };
  router.use('/auth', ...pageHeaders('platforms'), noStore);
  router.get('/auth', (req, res) => answer(req.query)(req, res));
  router.post('/auth', express.urlencoded({ extended: false }), (req, res) => answer(req.body)(req, res));
  return router;
}

/** Throws where there is nobody to answer to; any other fault is answered to the tool, as OpenID Connect has it. */
async function authenticate(lms: Lms, given: unknown) {
  const tool = getTool(lms);
  const asked = authRequest.safeParse(given);
  if (!asked.success) throw new AppError(400, 'invalid_request', t('sandbox.auth.unreadable'));
  const request = asked.data;
  if (request.client_id !== tool.clientId)
    throw new AppError(400, 'unauthorized_client', t('sandbox.auth.client'));
  if (!tool.redirectUris.includes(request.redirect_uri)) {
    throw new AppError(
      400,
      'invalid_request',
      t('sandbox.auth.redirect', { uri: request.redirect_uri.slice(0, 500) }),
    );
  }
  const state: Record<string, string> = request.state === undefined ? {} : { state: request.state };
  try {
    checkRequest(request);
    return {
      action: request.redirect_uri,
      fields: { ...state, id_token: await idToken(lms, tool, request) },
    };
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    return {
      action: request.redirect_uri,
      fields: { ...state, error: error.code, error_description: error.message },
    };
  }
}

class AuthError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function checkRequest(request: AuthRequest): void {
  const invalid = (message: string): never => {
    throw new AuthError('invalid_request', message);
  };
  if (request.scope !== 'openid') throw new AuthError('invalid_scope', 'scope must be openid');
  if (request.response_type !== 'id_token')
    throw new AuthError('unsupported_response_type', 'response_type must be id_token');
  if (request.response_mode !== 'form_post') invalid('response_mode must be form_post');
  if (request.prompt !== 'none') invalid('prompt must be none');
  if (!request.nonce) invalid('nonce is missing');
  if (!request.login_hint) invalid('login_hint is missing');
  if (!request.lti_message_hint) invalid('lti_message_hint is missing');
}

async function idToken(lms: Lms, tool: Tool, request: AuthRequest): Promise<string> {
  const hint = request.lti_message_hint!;
  const ticket = await lms.store.change(
    (draft) =>
      take(draft, 'launch', hint, lms.now()) ??
      take(draft, 'review', hint, lms.now()) ??
      take(draft, 'pick', hint, lms.now()),
  );
  const person = findPerson(ticket?.person);
  if (!ticket || !person)
    throw new AuthError('login_required', 'lti_message_hint is unknown, expired or already used');
  if (person.id !== request.login_hint)
    throw new AuthError('login_required', 'login_hint is not the person who was sent');
  const scene = { url: lms.url, tool, person, target: ticket.target };
  const claims = await claimsOf(lms, scene, ticket);
  const all = { ...claims, aud: tool.clientId, nonce: request.nonce };
  return signAs(lms, lms.trouble.claims?.(all) ?? all, 60);
}

function claimsOf(
  lms: Lms,
  scene: Parameters<typeof resourceLinkClaims>[0],
  ticket: Extract<Ticket, { kind: 'launch' | 'review' | 'pick' }>,
) {
  if (ticket.kind === 'pick') return pickClaims(lms, scene, scene.person);
  if (ticket.kind === 'launch') return launchClaims(lms, scene, ticket.activity);
  const { activities, lineItems } = lms.store.state;
  const activity = activities.find((one) => one.id === ticket.activity);
  const learner = findPerson(ticket.learner);
  if (!activity || !learner) throw new AuthError('launch_no_longer_valid', 'the activity was removed');
  return submissionReviewClaims(scene, activity, lineItems, learner);
}

function launchClaims(lms: Lms, scene: Parameters<typeof resourceLinkClaims>[0], id: string) {
  const { activities, lineItems } = lms.store.state;
  const activity = activities.find((one) => one.id === id);
  if (!activity) throw new AuthError('launch_no_longer_valid', 'the activity was removed');
  return resourceLinkClaims(scene, activity, lineItems);
}

async function pickClaims(lms: Lms, scene: Parameters<typeof deepLinkingClaims>[0], person: Person) {
  // `data` is the platform's own and must come back as it was.
  const data = `{"pick":"${lms.now().toISOString()}","by":"${person.id}"}`;
  const ticket = await issue(lms, 'return', { person: person.id, data }, 6 * 3600);
  return deepLinkingClaims(scene, `${lms.url}/deep-linking/${ticket}`, data);
}
