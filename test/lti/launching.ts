import assert from 'node:assert/strict';
import type { KeyObject } from 'node:crypto';
import { deployments } from '../../src/lti/deployment.model.ts';
import { platforms, type PlatformRecord } from '../../src/lti/platform.model.ts';
import { ensureStaticPlatforms } from '../../src/lti/platforms.ts';
import { newId } from '../../src/store/id.ts';
import type { TestApp } from '../support/app.ts';
import { makeBrowser, type Browser, type TestPlatform } from './platform.ts';

export type Started = { browser: Browser; state: string; nonce: string; location: URL };

/** Connects a test platform as lti-config.json would, its deployment approved. */
export async function connect(
  app: TestApp,
  platform: TestPlatform,
  more: { deployment_ids?: string[]; service_hosts?: string[] } = {},
): Promise<void> {
  const given = {
    name: 'Test LMS',
    issuer: platform.url,
    client_id: platform.clientId,
    deployment_ids: [platform.deploymentId],
    authorization_endpoint: `${platform.url}/authorize`,
    token_endpoint: `${platform.url}/token`,
    jwks_uri: `${platform.url}/jwks`,
    service_hosts: [],
    ...more,
  };
  const config = { ...app.ctx.config, lti: { ...app.ctx.config.lti, platforms: [given] } };
  await ensureStaticPlatforms({ ...app.ctx, config }, 'wsp_test');
}

/** The same rows without a key pair, which takes longest: for platforms that nothing is sent to. */
export async function connectWithoutKey(
  app: TestApp,
  platform: TestPlatform,
  more: Partial<PlatformRecord> = {},
): Promise<PlatformRecord> {
  const record = {
    _id: newId('plt'),
    workspace: 'wsp_test',
    issuer: platform.url,
    clientId: platform.clientId,
    name: 'Test LMS',
    family: 'other' as const,
    authorizationEndpoint: `${platform.url}/authorize`,
    tokenEndpoint: `${platform.url}/token`,
    jwksUri: `${platform.url}/jwks`,
    kid: newId('key'),
    active: true,
    createdAt: app.ctx.now(),
    ...more,
  };
  await platforms(app.ctx.db).create(record);
  const { deploymentId } = platform;
  const deployment = { platform: record._id, deploymentId, workspace: record.workspace, name: '' };
  await deployments(app.ctx.db).create({
    ...deployment,
    _id: newId('dep'),
    status: 'approved',
    createdAt: app.ctx.now(),
  });
  return record;
}

export function loginFields(
  app: TestApp,
  platform: TestPlatform,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    iss: platform.url,
    login_hint: '42',
    target_link_uri: `${app.url}/lti/launch`,
    lti_message_hint: '{"cmid":3}',
    client_id: platform.clientId,
    ...more,
  };
}

/** Goes through the login door and reads what it asks of the platform. */
export async function login(
  app: TestApp,
  platform: TestPlatform,
  more: Record<string, string> = {},
  browser = makeBrowser(),
): Promise<Started> {
  const response = await browser.post(`${app.url}/lti/login`, loginFields(app, platform, more));
  assert.equal(response.status, 302, await response.text());
  const location = new URL(response.headers.get('location')!);
  return {
    browser,
    location,
    state: location.searchParams.get('state')!,
    nonce: location.searchParams.get('nonce')!,
  };
}

/** A whole launch with these claims; the nonce is the login's unless the claims have one. */
export async function launch(
  app: TestApp,
  platform: TestPlatform,
  claims: object,
  options: { header?: object; login?: Record<string, string>; key?: KeyObject } = {},
): Promise<Response & { started: Started }> {
  const started = await login(app, platform, options.login);
  const { header, key } = options;
  const id_token = await platform.sign({ nonce: started.nonce, ...claims }, header as never, key);
  const response = await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token });
  return Object.assign(response, { started });
}

/** A refusal is a page with a 4xx, a sentence, and no stack. */
export async function assertRefused(
  response: Response,
  status: number | number[],
  says?: RegExp,
): Promise<string> {
  const text = await response.text();
  assert.ok(
    [status].flat().includes(response.status),
    `${response.status}, not ${status}: ${text.slice(0, 1500)}`,
  );
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(text, /<h1>[^<]{10,}<\/h1>/);
  assert.doesNotMatch(text, /node_modules|\.ts:\d+|at async/);
  if (says) assert.match(text.replaceAll('&#34;', '"').replaceAll('&#39;', "'"), says);
  return text;
}
