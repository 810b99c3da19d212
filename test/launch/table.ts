import assert from 'node:assert/strict';
import { login, type Started } from '../lti/launching.ts';
import { learnerClaims, lti, type TestPlatform } from '../lti/platform.ts';
import type { TestApp } from '../support/app.ts';

/** Where the cases of refused.ts and accepted.ts happen. Logins and launches may be taken by two processes. */
export type World = {
  platform: TestPlatform;
  course: string;
  loginApp: () => TestApp;
  launchApp: () => TestApp;
  /** Between a login and its launch. */
  between: () => Promise<void>;
};

export const without = (claims: Record<string, unknown>, ...names: string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !names.includes(name)));

export const seconds = (world: World): number => Math.floor(world.launchApp().ctx.now().getTime() / 1000);

/** A learner's claims, with the course that the link is for. */
export function claimsOf(world: World, more: object = {}): Record<string, unknown> {
  const custom = { [lti('custom')]: { course: world.course } };
  return learnerClaims(world.platform, world.launchApp(), { ...custom, ...more });
}

/** What a case's launch claims. */
export type Claims = (world: World) => object;

export const more =
  (change: object | ((world: World) => object)): Claims =>
  (world) =>
    claimsOf(world, typeof change === 'function' ? change(world) : change);

export const less =
  (...names: string[]): Claims =>
  (world) =>
    without(claimsOf(world), ...names);

export async function begin(world: World, more: Record<string, string> = {}): Promise<Started> {
  const started = await login(world.loginApp(), world.platform, more);
  await world.between();
  return started;
}

export function post(world: World, { browser, state }: Started, id_token: string): Promise<Response> {
  return browser.post(`${world.launchApp().url}/lti/launch`, { state, id_token });
}

/** A whole launch with these claims; the nonce is the login's unless they have one. */
export async function launchWith(
  world: World,
  claims: () => object,
  { header, login: fields }: { header?: object; login?: Record<string, string> } = {},
): Promise<Response> {
  const started = await begin(world, fields);
  const signed = { nonce: started.nonce, ...claims() };
  return post(world, started, await world.platform.sign(signed, header as never));
}

/** The token in the forms of a link's page, which a teacher's launch answers with. */
export async function visitIn(response: Response): Promise<string> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const tokens = new Set([...text.matchAll(/name="visit" value="([\w-]{32})"/g)].map(([, token]) => token!));
  assert.equal(tokens.size, 1, text);
  return [...tokens][0]!;
}
