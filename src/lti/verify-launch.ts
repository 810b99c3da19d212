import type { KeyObject } from 'node:crypto';
import type { Context } from '../context.ts';
import { hashToken, sameSecret } from '../store/token.ts';
import { readMessage, type Message } from './claims.ts';
import type { DeploymentRecord } from './deployment.model.ts';
import { LaunchRefused } from './errors.ts';
import { platformKey } from './jwks.ts';
import { browserKey, checkTarget, requestAgain, storageOf, type LoginRequest } from './login.ts';
import { issue, take, useUp } from './one-time.ts';
import type { PlatformRecord } from './platform.model.ts';
import { deploymentOf, findDeployment, findPlatform } from './platforms.ts';
import { checkServices } from './service-addresses.ts';
import { readToken } from './signature.ts';
import { readState, type State, type StateContent } from './state.ts';

type World = Pick<Context, 'db' | 'now' | 'secret' | 'fetch' | 'log' | 'config'>;
type Login = StateContent & State;

/** A verified message of a platform we trust, from a deployment we approved. Plain data. */
export type Launch = Message & {
  platform: Pick<PlatformRecord, '_id' | 'issuer' | 'clientId' | 'name' | 'family'>;
  deployment: { _id: string; deploymentId: string };
  workspace: string;
  /** How often its platform and deployment had been switched off when it came. */
  timesOff: number;
};

/** Where somebody came from, to be asked whether it still holds. */
export type Origin = { platform: { _id: string }; deployment: { _id: string } } & Pick<Launch, 'timesOff'>;

/** What the platform's form posts to us: a token, or why there is none. */
export type LaunchPost = { state?: string; id_token?: string; error?: string; error_description?: string };

export type Verified =
  | { proven: true; launch: Launch; key: string }
  /** All is well but for the proof that this is the browser which began: no cookie came. The page asks for it elsewhere. */
  | { proven: false; ticket: string; key: string; storage?: { target: string; origin: string } };

/** A launch waits this long for the browser's proof. */
const proofSeconds = 120;
const skew = 60;

/**
 * Step 3 of a launch (LTI 1.3 §5.1.3, Security Framework 1.0 §5.1.3): the platform's answer to our login.
 * `secretOf` gives what this browser keeps under a name (its cookie).
 */
export async function verifyLaunch(
  ctx: World,
  post: LaunchPost,
  secretOf: (key: string) => string | undefined,
): Promise<Verified> {
  checkPlatformAnswered(post);
  const login = loginOf(ctx, post.state);
  const platform = await trustedPlatform(ctx, login.platform);
  const claims = await verifySignature(ctx, post.id_token, platform);
  checkIssuer(claims, platform);
  checkAudience(claims, platform);
  checkTimes(claims, ctx.now());
  checkNonce(claims, login);
  const message = readMessage(claims);
  if (message.targetLinkUri !== undefined) checkTarget(ctx.config.publicUrl, message.targetLinkUri);
  checkServices(message, platform);
  const deployment = await approvedDeployment(ctx, platform, message, login);
  const launch = launchOf(message, platform, deployment);
  const proof = checkBrowser(login, secretOf);
  await useLogin(ctx, login);
  return proof ? { proven: true, launch, key: proof.key } : askForProof(ctx, { login, platform, launch });
}

/** Step 3, second half, where no cookie came: the browser proves with what it kept elsewhere that it began this launch. */
export async function proveLaunch(ctx: World, ticket: string, secret: string): Promise<Launch> {
  const waiting = await take<Waiting>(ctx, 'proof', ticket);
  if (!waiting) throw new LaunchRefused('proof-gone');
  if (hashToken(secret) !== waiting.browserHash) throw new LaunchRefused('other-browser', { status: 403 });
  await checkStillTrusted(ctx, waiting.launch);
  return waiting.launch;
}

/**
 * Between a launch and what comes of it (a proof, a pick, an hour at a page) an administrator may have switched its platform off.
 * They have ended it then, also when it is on again.
 */
export async function checkStillTrusted(
  ctx: Pick<Context, 'db'>,
  { platform, deployment, timesOff }: Origin,
): Promise<void> {
  const [trusted, found] = await Promise.all([
    trustedPlatform(ctx, platform._id),
    findDeployment(ctx, deployment._id),
  ]);
  if (found?.status !== 'approved') throw notApproved(found);
  // What began before this was counted says nothing.
  if (timesOffOf(trusted, found) !== (timesOff ?? 0)) throw new LaunchRefused('was-off', { status: 410 });
}

function timesOffOf(platform: PlatformRecord, deployment: DeploymentRecord): number {
  return (platform.timesOff ?? 0) + (deployment.timesOff ?? 0);
}

/** What a launch that nobody could prove began with, so that a new window can begin it again, where cookies work. Once. */
export async function takeUnproven(
  ctx: World,
  ticket: string,
  secretOf: (key: string) => string | undefined,
) {
  const waiting = await take<Waiting>(ctx, 'proof', ticket);
  if (!waiting) throw new LaunchRefused('proof-gone');
  const secret = secretOf(waiting.key);
  const proven = secret !== undefined && hashToken(secret) === waiting.browserHash;
  await checkStillTrusted(ctx, waiting.launch);
  return { proven, launch: waiting.launch, key: waiting.key, request: waiting.request };
}

type Waiting = { launch: Launch; browserHash: string; key: string; request: Partial<LoginRequest> };

/** Platforms answer `error=` when the user's session or the launch has ended (OpenID Connect Core §3.2.2.6). */
function checkPlatformAnswered(post: LaunchPost): void {
  if (post.error === undefined) return;
  throw new LaunchRefused(post.error === 'login_required' ? 'login-required' : 'platform-error', {
    values: { error: post.error.slice(0, 100), description: post.error_description?.slice(0, 300) ?? '' },
  });
}

/** The login that this state is. */
function loginOf(ctx: World, state: string | undefined): Login {
  if (!state) throw new LaunchRefused('no-state');
  const login = readState(ctx, state);
  if (!login) throw new LaunchRefused('unknown-state');
  return login;
}

/** Of many launches that bring this state, and with it its nonce, one gets through. */
async function useLogin(ctx: World, { state, expiresAt }: Login): Promise<void> {
  if (!(await useUp(ctx, 'state', state, expiresAt))) throw new LaunchRefused('unknown-state');
}

async function trustedPlatform(ctx: Pick<Context, 'db'>, id: string): Promise<PlatformRecord> {
  const platform = await findPlatform(ctx, id);
  if (!platform?.active)
    throw new LaunchRefused('platform-disabled', { status: 403, values: { name: platform?.name ?? '' } });
  return platform;
}

type Claims = Record<string, unknown>;

/** By a key that the platform publishes. */
async function verifySignature(
  ctx: World,
  text: string | undefined,
  platform: PlatformRecord,
): Promise<Claims> {
  if (!text) throw new LaunchRefused('no-token');
  const token = readToken(text);
  const key = (again: boolean): Promise<KeyObject> =>
    platformKey(ctx, platform.jwksUri, token.kid, { again });
  // The platform may have put a new key under an old name.
  if (!token.isSignedBy(await key(false)) && !token.isSignedBy(await key(true)))
    throw new LaunchRefused('signature');
  return parseClaims(token.payload);
}

function parseClaims(payload: Buffer): Claims {
  try {
    const text = payload.toString();
    // Looking at every key takes longer than all the rest, and no platform writes a name like this one.
    const claims = JSON.parse(text, /__proto__|\\u/.test(text) ? refuseProto : undefined) as unknown;
    if (claims && typeof claims === 'object' && !Array.isArray(claims)) return claims as Claims;
    throw new Error('not an object');
  } catch (cause) {
    throw new LaunchRefused('not-a-token', { cause });
  }
}

function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new Error('__proto__ is not a claim');
  return value;
}

function checkIssuer({ iss }: Claims, platform: PlatformRecord): void {
  if (iss === platform.issuer) return;
  if (iss === undefined) throw new LaunchRefused('claims', { faults: ['iss: is missing'] });
  throw new LaunchRefused('issuer', {
    values: { said: String(iss).slice(0, 200), expected: platform.issuer },
  });
}

/** `aud` is us; and if others are meant as well, `azp` says that it was made for us (OpenID Connect Core §3.1.3.7). */
function checkAudience({ aud, azp }: Claims, platform: PlatformRecord): void {
  const audience = Array.isArray(aud) ? aud : [aud];
  const refuse = () => new LaunchRefused('audience', { values: { expected: platform.clientId } });
  if (!audience.includes(platform.clientId)) throw refuse();
  if (audience.length > 1 && azp === undefined) throw refuse();
  if (azp !== undefined && azp !== platform.clientId) throw refuse();
}

function checkTimes({ exp, iat, nbf }: Claims, at: Date): void {
  const now = at.getTime() / 1000;
  const number = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  const refuse = (claim: string) => new LaunchRefused('times', { values: { claim, now: at.toISOString() } });
  if (!number(exp) || exp <= now - skew) throw refuse('exp');
  if (!number(iat) || iat > now + skew || iat < now - 3600 - skew) throw refuse('iat');
  if (exp <= iat || exp - iat > 24 * 3600) throw refuse('exp');
  if (nbf !== undefined && (!number(nbf) || nbf > now + skew)) throw refuse('nbf');
}

/** The nonce we gave this very login. It serves once because the login does. */
function checkNonce({ nonce }: Claims, login: Login): void {
  if (nonce === login.nonce) return;
  throw new LaunchRefused('nonce');
}

/** Issuer, client and deployment together say whose learners these are (LTI 1.3 §3.1.3). */
async function approvedDeployment(
  ctx: World,
  platform: PlatformRecord,
  message: Message,
  login: Login,
): Promise<DeploymentRecord> {
  const { deploymentId } = message;
  if (login.deployment !== undefined && login.deployment !== deploymentId)
    throw new LaunchRefused('other-deployment');
  const name = [message.platformName ?? platform.name, message.context?.title].filter(Boolean).join(' · ');
  const deployment = await deploymentOf(ctx, platform, deploymentId, name.slice(0, 200));
  if (deployment.status !== 'approved') throw notApproved(deployment);
  return deployment;
}

function notApproved(deployment: DeploymentRecord | undefined): LaunchRefused {
  const code = deployment?.status === 'waiting' ? 'deployment-waiting' : 'deployment-disabled';
  return new LaunchRefused(code, { status: 403, values: { deployment: deployment?.deploymentId ?? '' } });
}

function launchOf(message: Message, platform: PlatformRecord, deployment: DeploymentRecord): Launch {
  const { _id, issuer, clientId, name, family } = platform;
  return {
    ...message,
    platform: { _id, issuer, clientId, name, family },
    deployment: { _id: deployment._id, deploymentId: deployment.deploymentId },
    workspace: deployment.workspace,
    timesOff: timesOffOf(platform, deployment),
  };
}

/**
 * A launch is for the browser that asked for it; otherwise somebody could send a victim into the attacker's own account.
 * Undefined: this browser has kept nothing.
 */
function checkBrowser(
  login: Login,
  secretOf: (key: string) => string | undefined,
): { key: string } | undefined {
  const key = browserKey(login.state);
  const secret = secretOf(key);
  if (secret === undefined) return undefined;
  if (!sameSecret(secret, login.secret)) throw new LaunchRefused('other-browser', { status: 403 });
  return { key };
}

async function askForProof(
  ctx: World,
  { login, platform, launch }: { login: Login; platform: PlatformRecord; launch: Launch },
): Promise<Verified> {
  const key = browserKey(login.state);
  const request = await requestAgain(ctx, login, platform);
  const waiting: Waiting = { launch, browserHash: hashToken(login.secret), key, request };
  const ticket = await issue(ctx, 'proof', waiting, proofSeconds);
  return { proven: false, ticket, key, storage: storageOf(platform, login.storageTarget) };
}
