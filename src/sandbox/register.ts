import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import { z } from 'zod';
import { AppError } from '../web/errors.ts';
import type { Lms } from './lms.ts';
import { issue, take } from './one-time.ts';
import { scope, toolConfiguration } from './protocol.ts';
import type { State, Tool } from './state.ts';

const address = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:/.test(value), 'is not an http(s) address');

const message = z.object({
  type: z.string(),
  target_link_uri: address.optional(),
  custom_parameters: z.record(z.string(), z.string()).optional(),
});

/** OpenID Connect client metadata with the LTI configuration in it: LTI Dynamic Registration 1.0 §3.5.1. */
const clientMetadata = z.object({
  application_type: z.literal('web'),
  response_types: z.array(z.string()).refine((types) => types.includes('id_token'), 'must have id_token'),
  grant_types: z
    .array(z.string())
    .refine(
      (types) => types.includes('implicit') && types.includes('client_credentials'),
      'must have implicit and client_credentials',
    ),
  initiate_login_uri: address,
  redirect_uris: z.array(address).min(1),
  client_name: z.string().min(1).max(255),
  jwks_uri: address,
  token_endpoint_auth_method: z.literal('private_key_jwt'),
  scope: z.string().default(''),
  [toolConfiguration]: z
    .object({
      domain: z.string(),
      target_link_uri: address,
      claims: z.array(z.string()).default([]),
      messages: z.array(message).default([]),
      custom_parameters: z.record(z.string(), z.string()).default({}),
    })
    .refine(
      (tool) => tool.domain === new URL(tool.target_link_uri).host,
      'domain must be the host (and port) of target_link_uri',
    ),
});

/** `POST /register`: the tool introduces itself, with the registration token that it was given. */
export function registerRoutes(lms: Lms): Router {
  const router = Router();
  router.post('/register', express.json({ limit: '200kb' }), async (req, res) => {
    const token = /^Bearer ([\w.-]+)$/i.exec(req.get('authorization') ?? '')?.[1] ?? '';
    const known = lms.store.state.tickets[token];
    if (known?.kind !== 'registration') throw unknownToken();
    const parsed = clientMetadata.safeParse(req.body);
    if (!parsed.success) {
      const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
      throw new AppError(400, 'invalid_client_metadata', faults.join('; '));
    }
    const tool = toolFrom(lms, parsed.data);
    await lms.store.change((draft) => {
      if (!take(draft, 'registration', token, lms.now())) throw unknownToken();
      moveActivities(draft, tool);
      draft.tool = tool;
    });
    lms.log.info({ tool: tool.name }, 'a tool registered with the sandbox LMS');
    res.status(201).json({
      ...(req.body as object),
      client_id: tool.clientId,
      scope: tool.scopes.join(' '),
      [toolConfiguration]: { ...parsed.data[toolConfiguration], deployment_id: tool.deploymentId },
    });
  });
  return router;
}

/** Whether the tool is registered, and both stand where they stood when it was. */
export function isRegistered(lms: Lms): boolean {
  const { tool } = lms.store.state;
  return tool?.platformUrl === lms.url && tool.toolUrl === lms.toolUrl;
}

/**
 * Does what an administrator's browser does in an LMS: opens the tool's registration address with where to find this
 * platform's configuration and a token (LTI Dynamic Registration 1.0 §3.3). Does nothing when the tool is registered,
 * unless it is to do it `again`: for a tool that has forgotten it.
 */
export async function register(lms: Lms, invitationUrl: string, { again = false } = {}): Promise<void> {
  if (isRegistered(lms) && !again) return;
  const before = lms.store.state.tool?.clientId;
  const url = new URL(invitationUrl);
  url.searchParams.set('openid_configuration', `${lms.url}/.well-known/openid-configuration`);
  url.searchParams.set('registration_token', await issue(lms, 'registration', {}, 3600));
  const answer = await fetch(url, { headers: { accept: 'text/html' }, signal: AbortSignal.timeout(20_000) });
  const text = await answer.text();
  if (isRegistered(lms) && lms.store.state.tool?.clientId !== before) return;
  const said = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  throw new Error(
    `${url.origin} did not register with the sandbox LMS. It answered ${answer.status}: ${said.slice(0, 500)}`,
  );
}

function toolFrom(lms: Lms, metadata: z.infer<typeof clientMetadata>): Tool {
  const configuration = metadata[toolConfiguration];
  const asksFor = (wanted: string) => configuration.messages.find(({ type }) => type === wanted);
  const deepLinking = asksFor('LtiDeepLinkingRequest');
  const review = asksFor('LtiSubmissionReviewRequest');
  const offered: string[] = Object.values(scope);
  return {
    clientId: randomUUID(),
    deploymentId: '1',
    platformUrl: lms.url,
    toolUrl: lms.toolUrl,
    name: metadata.client_name,
    initiateLoginUri: metadata.initiate_login_uri,
    redirectUris: metadata.redirect_uris,
    jwksUri: metadata.jwks_uri,
    targetLinkUri: configuration.target_link_uri,
    deepLink: deepLinking && {
      uri: deepLinking.target_link_uri ?? configuration.target_link_uri,
      custom: { ...configuration.custom_parameters, ...deepLinking.custom_parameters },
    },
    reviewUri: review && (review.target_link_uri ?? configuration.target_link_uri),
    scopes: metadata.scope.split(' ').filter((wanted) => offered.includes(wanted)),
    claims: configuration.claims,
    custom: configuration.custom_parameters,
    registeredAt: lms.now().toISOString(),
  };
}

/** A tool that comes back on another port keeps what was picked from it. */
function moveActivities(draft: State, tool: Tool): void {
  for (const activity of draft.activities) {
    const url = new URL(activity.url);
    if (draft.tool && url.origin === draft.tool.toolUrl)
      activity.url = tool.toolUrl + url.pathname + url.search + url.hash;
  }
}

function unknownToken(): AppError {
  return new AppError(401, 'invalid_token', 'The registration token is unknown, expired or already used.');
}
