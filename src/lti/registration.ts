import { z } from 'zod';
import type { Context } from '../context.ts';
import { RegistrationRefused } from './errors.ts';
import { holdInvitation, releaseInvitation, useInvitation } from './invitations.ts';
import type { InvitationRecord } from './invitation.model.ts';
import type { LtijsWorld } from './ltijs.ts';
import { askPlatform, type PlatformAnswer, type PlatformFailure } from './platform-http.ts';
import type { PlatformFamily, PlatformRecord } from './platform.model.ts';
import { findPlatformBy, recordDeployment, savePlatform } from './platforms.ts';
import { familyName, familyOf, isOwnCanvas, mayConfigure } from './quirks.ts';
import { toolOf } from './tool.ts';

type World = LtijsWorld & Pick<Context, 'config' | 'log'>;

const toolConfiguration = 'https://purl.imsglobal.org/spec/lti-tool-configuration';
const submissionReview = 'LtiSubmissionReviewRequest';
const platformConfiguration = 'https://purl.imsglobal.org/spec/lti-platform-configuration';

const webAddress = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a web address',
  );
const strings = z.array(z.string()).optional().catch(undefined);

/** Their names: older Moodles write them as texts. */
const messages = z
  .array(z.union([z.string(), z.object({ type: z.string() }).transform(({ type }) => type)]).catch(''))
  .optional()
  .catch(undefined);

/** https://www.imsglobal.org/spec/lti-dr/v1p0#platform-configuration */
const openidConfiguration = z.object({
  issuer: webAddress,
  authorization_endpoint: webAddress,
  token_endpoint: webAddress,
  jwks_uri: webAddress,
  registration_endpoint: webAddress,
  authorization_server: z.string().min(1).optional().catch(undefined),
  scopes_supported: strings,
  claims_supported: strings,
  [platformConfiguration]: z
    .object({
      product_family_code: z.string().catch(''),
      name: z.string().optional().catch(undefined),
      messages_supported: messages,
    })
    .catch({ product_family_code: '' })
    .default({ product_family_code: '' }),
});

type OpenidConfiguration = z.infer<typeof openidConfiguration>;

/** Who names none may do so by null, or by nothing between quotation marks. */
const deploymentId = z
  .union([z.string().min(1).max(255), z.number().transform(String)])
  .optional()
  .catch(undefined);
const registered = z.object({
  client_id: z.string().min(1).max(500),
  deployment_id: deploymentId,
  [toolConfiguration]: z.object({ deployment_id: deploymentId }).optional().catch(undefined),
});

/** `waiting`: its deployment needs an administrator's approval before anybody can launch from it. */
export type Registered = { platform: PlatformRecord; deploymentId?: string; waiting: boolean };

/**
 * LTI Dynamic Registration 1.0: an administrator gave our invitation's address to the LMS, which opens it with the
 * address of its configuration and, mostly, a token. We read the one, post ourselves with the other, and keep what it answers.
 */
export async function registerPlatform(
  ctx: World,
  invitationToken: string,
  request: { openid_configuration: string; registration_token?: string },
): Promise<Registered> {
  const invitation = await holdInvitation(ctx, invitationToken);
  try {
    const configuration = await readConfiguration(ctx, request);
    const family = familyOf(configuration.issuer, configuration[platformConfiguration].product_family_code);
    const answer = await postTool(ctx, configuration, family, request.registration_token);
    const connected = await keep(ctx, invitation, configuration, family, answer);
    await useInvitation(ctx, invitation, connected.platform._id);
    return connected;
  } catch (error) {
    await releaseInvitation(ctx, invitation);
    throw error;
  }
}

async function readConfiguration(
  ctx: World,
  {
    openid_configuration: address,
    registration_token: token,
  }: { openid_configuration: string; registration_token?: string },
): Promise<OpenidConfiguration> {
  checkAddress(ctx, address);
  // Canvas wants the token for reading its configuration, too.
  const answer = await ask(ctx, address, { headers: { Accept: 'application/json', ...bearer(token) } });
  if (!answer.ok)
    throw new RegistrationRefused('configuration-unreadable', {
      values: { address, reason: answer.failure().message },
    });
  const read = openidConfiguration.safeParse(answer.json());
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join('.')}: ${message}` : message,
    );
    throw new RegistrationRefused('configuration-incomplete', { faults });
  }
  const { issuer, registration_endpoint, token_endpoint, jwks_uri, authorization_endpoint } = read.data;
  const endpoints = [registration_endpoint, token_endpoint, jwks_uri, authorization_endpoint];
  const { host } = new URL(address);
  const { product_family_code: product } = read.data[platformConfiguration];
  if (!mayConfigure(issuer, host) && !isOwnCanvas(issuer, product, host, endpoints))
    throw new RegistrationRefused('configuration-elsewhere', { values: { issuer, host } });
  for (const url of endpoints) checkAddress(ctx, url);
  return read.data;
}

/** Plain http only where private networks are allowed: a trial on one's own machine. */
function checkAddress(ctx: World, address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && ctx.config.allowPrivateNetworks);
  if (!safe || url.username)
    throw new RegistrationRefused('configuration-address', { values: { address: address.slice(0, 200) } });
}

/** What we send: everything that Canvas, Moodle, Brightspace and Sakai ask for; none minds the others' (lti-dr §3.3). */
function toolRegistration(
  ctx: World,
  family: PlatformFamily,
  supported: Pick<
    OpenidConfiguration,
    'scopes_supported' | 'claims_supported' | typeof platformConfiguration
  >,
) {
  const tool = toolOf(ctx.config, family);
  // A platform that does not know it may refuse the whole.
  const reviews = supported[platformConfiguration].messages_supported?.includes(submissionReview);
  const message = {
    type: 'LtiDeepLinkingRequest',
    target_link_uri: tool.launchUrl,
    label: tool.title,
    icon_uri: tool.iconUrl,
  };
  return {
    application_type: 'web',
    grant_types: ['client_credentials', 'implicit'],
    response_types: ['id_token'],
    initiate_login_uri: tool.loginUrl,
    redirect_uris: [tool.launchUrl],
    client_name: tool.title,
    client_uri: ctx.config.publicUrl,
    logo_uri: tool.iconUrl,
    jwks_uri: tool.jwksUrl,
    token_endpoint_auth_method: 'private_key_jwt',
    scope: offered(tool.scopes, supported.scopes_supported).join(' '),
    [toolConfiguration]: {
      domain: tool.domain,
      description: tool.description,
      target_link_uri: tool.launchUrl,
      custom_parameters: tool.customFields,
      claims: offered(
        ['iss', 'sub', 'name', 'given_name', 'family_name', 'email'],
        supported.claims_supported,
      ),
      messages: [
        { type: 'LtiResourceLinkRequest', target_link_uri: tool.launchUrl, label: tool.title },
        ...(reviews ? [{ type: submissionReview, target_link_uri: tool.launchUrl, label: tool.title }] : []),
        ...(family === 'canvas' ? canvasMessages(tool) : [{ ...message, placements: ['ContentArea'] }]),
      ],
      ...(family === 'canvas'
        ? { 'https://canvas.instructure.com/lti/privacy_level': tool.privacyLevel }
        : {}),
    },
  };
}

/** Canvas: one message per placement, each with its own text (doc/api/file.registration.html). */
function canvasMessages(tool: ReturnType<typeof toolOf>) {
  return tool.placements.map((placement) => ({
    type: placement.message_type ?? 'LtiDeepLinkingRequest',
    target_link_uri: tool.launchUrl,
    label: placement.text ?? tool.title,
    icon_uri: tool.iconUrl,
    placements: [placement.placement],
  }));
}

/** Of what we would like, what the platform says it has; all of it where it says nothing that we know. */
function offered(wanted: string[], supported: string[] | undefined): string[] {
  const both = wanted.filter((one) => supported?.includes(one));
  return both.length > 0 ? both : wanted;
}

async function postTool(
  ctx: World,
  configuration: OpenidConfiguration,
  family: PlatformFamily,
  token: string | undefined,
) {
  const answer = await ask(ctx, configuration.registration_endpoint, {
    method: 'POST',
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...bearer(token) },
    body: JSON.stringify(toolRegistration(ctx, family, configuration)),
  });
  // 201 by the spec; Moodle says 200.
  if (!answer.ok) {
    throw new RegistrationRefused('registration-refused', {
      status: 422,
      values: { reason: answer.failure().message },
    });
  }
  const read = registered.safeParse(answer.json());
  if (!read.success)
    throw new RegistrationRefused('registration-refused', { status: 422, values: { reason: 'client_id' } });
  return read.data;
}

async function keep(
  ctx: World,
  invitation: InvitationRecord,
  configuration: OpenidConfiguration,
  family: PlatformFamily,
  answer: z.infer<typeof registered>,
): Promise<Registered> {
  const deploymentId = answer[toolConfiguration]?.deployment_id ?? answer.deployment_id;
  const { issuer } = configuration;
  await checkNotAnothers(ctx, configuration, answer.client_id);
  const name = `${configuration[platformConfiguration].name ?? familyName(family) ?? 'LMS'} (${new URL(issuer).host})`;
  const platform = await savePlatform(ctx, {
    workspace: invitation.workspace,
    issuer,
    clientId: answer.client_id,
    name,
    family,
    authorizationEndpoint: configuration.authorization_endpoint,
    tokenEndpoint: configuration.token_endpoint,
    jwksUri: configuration.jwks_uri,
    authorizationServer: configuration.authorization_server,
    trustsFirst: invitation.approves && deploymentId === undefined,
  });
  if (!platform)
    throw new RegistrationRefused('platform-taken', {
      status: 409,
      values: { issuer, client: answer.client_id },
    });
  if (deploymentId !== undefined) {
    await recordDeployment(ctx, {
      platform,
      deploymentId,
      status: invitation.approves ? 'approved' : 'waiting',
      name,
    });
  }
  return { platform, deploymentId, waiting: !invitation.approves };
}

/** Who is not where its issuer is may come anew, but not in the place of another LMS of the same issuer and client id. */
async function checkNotAnothers(
  ctx: World,
  { issuer, jwks_uri }: OpenidConfiguration,
  client: string,
): Promise<void> {
  const { host } = new URL(jwks_uri);
  if (mayConfigure(issuer, host)) return;
  const known = await findPlatformBy(ctx, issuer, client);
  if (known && new URL(known.jwksUri).host !== host) {
    const values = { issuer, client, host: new URL(known.jwksUri).host };
    throw new RegistrationRefused('issuer-shared', { status: 409, values });
  }
}

function bearer(token: string | undefined): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function ask(
  ctx: World,
  address: string,
  init: Parameters<typeof askPlatform>[2],
): Promise<PlatformAnswer> {
  return askPlatform(ctx, address, init).catch((error: PlatformFailure) => {
    throw new RegistrationRefused('platform-silent', {
      // Who came named the address.
      status: 422,
      values: { address, reason: error.message },
      cause: error,
    });
  });
}
