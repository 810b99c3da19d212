import type { Context } from '../context.ts';
import { hashToken } from '../store/token.ts';
import { LaunchRefused } from './errors.ts';
import { issue, take } from './one-time.ts';
import type { PlatformRecord } from './platform.model.ts';
import { findPlatformBy, platformsAt } from './platforms.ts';
import { makeState, type Again, type StateContent } from './state.ts';

/**
 * A login request of a platform (1EdTech Security Framework 1.0 §5.1.1.1). Step 1 of a launch: the platform sends the
 * browser here with these; we send it on to the platform with a state, which is the login itself (state.ts), and a nonce; the platform
 * sends it back to /lti/launch with a signed token (verify-launch.ts).
 */
export type LoginRequest = {
  iss: string;
  login_hint: string;
  target_link_uri: string;
  lti_message_hint?: string;
  client_id?: string;
  lti_deployment_id?: string;
  lti_storage_target?: string;
};

export type StartedLogin = {
  platform: string;
  /** Where the browser goes on to: the platform's authorization endpoint, with everything in its query. */
  redirect: string;
  /** The name under which the browser keeps its secret, and the secret. */
  key: string;
  secret: string;
  /** Where the platform offers storage: the name of its frame and the origin that must answer (LTI postMessage storage 0.1). */
  storage?: { target: string; origin: string };
};

/** From login to launch: time to type a password at the LMS. */
export const loginSeconds = 600;

/**
 * Of more bytes than this, what a login must keep to begin again does not travel in the state: addresses have limits. Canvas'
 * hint alone is a token of some 600.
 */
const longest = 600;

type World = Pick<Context, 'db' | 'now' | 'secret' | 'config'>;

/** Steps 1 and 2 of a launch: checks the request, and says where to go on. */
export async function startLogin(ctx: World, request: LoginRequest): Promise<StartedLogin> {
  checkTarget(ctx.config.publicUrl, request.target_link_uri);
  const platform = await platformOf(ctx, request);
  const { state, nonce, secret } = makeState(ctx, {
    platform: platform._id,
    deployment: request.lti_deployment_id,
    storageTarget: request.lti_storage_target,
    again: await againOf(ctx, request),
    expiresAt: new Date(ctx.now().getTime() + loginSeconds * 1000),
  });
  const redirectUri = launchUrl(ctx.config.publicUrl);
  return {
    platform: platform._id,
    redirect: authorizationUrl(platform, request, { state, nonce, redirectUri }),
    key: browserKey(state),
    secret,
    storage: storageOf(platform, request.lti_storage_target),
  };
}

/** What the platform sent, to begin again in a window where cookies work. */
async function againOf(ctx: World, request: LoginRequest): Promise<Again | string> {
  const { login_hint, target_link_uri, lti_message_hint } = request;
  const again: Again = { login_hint, target_link_uri, lti_message_hint };
  if (Buffer.byteLength(JSON.stringify(again)) <= longest) return again;
  return issue(ctx, 'login', again, loginSeconds);
}

/** The request that began a login, from its state. */
export async function requestAgain(
  ctx: Pick<Context, 'db' | 'now'>,
  { again, deployment }: StateContent,
  { issuer, clientId }: PlatformRecord,
): Promise<Partial<LoginRequest>> {
  const hints = typeof again === 'string' ? await take<Again>(ctx, 'login', again) : again;
  return { iss: issuer, client_id: clientId, lti_deployment_id: deployment, ...hints };
}

/** Where the platform says that it keeps things for us, and who must answer for it. */
export function storageOf(
  { authorizationEndpoint }: PlatformRecord,
  target: string | undefined,
): StartedLogin['storage'] {
  return target === undefined ? undefined : { target, origin: new URL(authorizationEndpoint).origin };
}

/** The one address of all launches. Platforms compare redirect URIs letter by letter, so it has no query. */
export function launchUrl(publicUrl: string): string {
  return `${publicUrl}/lti/launch`;
}

/** The name a browser keeps the secret of one login under; several may be under way at once. */
export function browserKey(state: string): string {
  return `lti_${hashToken(state).slice(0, 10)}`;
}

function authorizationUrl(
  platform: PlatformRecord,
  request: LoginRequest,
  { state, nonce, redirectUri }: { state: string; nonce: string; redirectUri: string },
): string {
  // The endpoint may have a query of its own (Sakai's): added to, never replaced.
  const url = new URL(platform.authorizationEndpoint);
  const parameters: Record<string, string | undefined> = {
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    prompt: 'none',
    client_id: platform.clientId,
    redirect_uri: redirectUri,
    login_hint: request.login_hint,
    // Opaque to us, and missed by the platform when it comes back changed.
    lti_message_hint: request.lti_message_hint,
    state,
    nonce,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** Only addresses of ours; which course it is says the signed message, later. */
export function checkTarget(publicUrl: string, target: string): void {
  if (URL.canParse(target) && new URL(target).origin === publicUrl) return;
  throw new LaunchRefused('target', { values: { target: target.slice(0, 200), url: publicUrl } });
}

/** By issuer and client id. Without a client id only if there is no choice: never the first of several. */
async function platformOf(
  ctx: Pick<Context, 'db'>,
  { iss, client_id }: LoginRequest,
): Promise<PlatformRecord> {
  const found = client_id
    ? [await findPlatformBy(ctx, iss, client_id)].filter((p) => p !== undefined)
    : await platformsAt(ctx, iss);
  if (found.length > 1)
    throw new LaunchRefused('ambiguous-platform', { values: { issuer: iss.slice(0, 200) } });
  const platform = found[0];
  if (!platform) {
    const known = client_id ? (await platformsAt(ctx, iss)).length > 0 : false;
    throw new LaunchRefused(known ? 'unknown-client' : 'unknown-platform', {
      values: { issuer: iss.slice(0, 200), client: client_id?.slice(0, 200) ?? '' },
    });
  }
  if (!platform.active)
    throw new LaunchRefused('platform-disabled', { status: 403, values: { name: platform.name } });
  return platform;
}
