import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { randomBytes } from '../store/random.ts';
import { keptKey, sameSecret } from '../store/token.ts';

/** What a login wants remembered until its launch. */
export type StateContent = {
  platform: string;
  deployment?: string;
  storageTarget?: string;
  /** How to begin again, as it came; or the name of the place where it is kept, because it is long. */
  again: Again | string;
  expiresAt: Date;
};

export type Again = { login_hint: string; target_link_uri: string; lti_message_hint?: string };

/** A state and what belongs to it: the nonce for the platform, and the secret for the browser. */
export type State = { state: string; nonce: string; secret: string };

const keyOf = keptKey('lti states');

/**
 * The login itself is the state (OpenID Connect Core §3.1.2.1): `<content>.<tag>`, so that a login writes nothing and every process, also
 * one that was started since, knows it again. One MAC of the content gives the tag, the browser's secret and
 * the nonce: whoever knows some of these knows nothing of the others. That a state serves once is for who takes it to see to.
 */
export function makeState(ctx: Pick<Context, 'secret'>, content: StateContent): State {
  const { platform, deployment, storageTarget, again, expiresAt } = content;
  const kept =
    typeof again === 'string'
      ? again
      : [again.login_hint, again.target_link_uri, again.lti_message_hint ?? null];
  const salt = randomBytes(16).toString('base64url');
  const fields = [
    salt,
    Math.floor(expiresAt.getTime() / 1000),
    platform,
    deployment ?? null,
    storageTarget ?? null,
    kept,
  ];
  const text = Buffer.from(JSON.stringify(fields)).toString('base64url');
  const { tag, nonce, secret } = macOf(ctx, text);
  return { state: `${text}.${tag}`, nonce, secret };
}

/** What a state says, with its nonce and secret, if it is one of ours and has not expired. */
export function readState(
  ctx: Pick<Context, 'secret' | 'now'>,
  state: string,
): (StateContent & State) | undefined {
  const [text = '', given = '', ...more] = state.split('.');
  const { tag, nonce, secret } = macOf(ctx, text);
  if (more.length > 0 || !sameSecret(given, tag)) return undefined;
  const content = toContent(JSON.parse(Buffer.from(text, 'base64url').toString()));
  return content.expiresAt > ctx.now() ? { ...content, state, nonce, secret } : undefined;
}

function macOf(ctx: Pick<Context, 'secret'>, text: string) {
  const mac = createHmac('sha512', keyOf(ctx.secret)).update(text).digest();
  const part = (from: number, to: number) => mac.subarray(from, to).toString('base64url');
  return { tag: part(0, 16), secret: part(16, 40), nonce: part(40, 64) };
}

const maybe = z
  .string()
  .nullable()
  .transform((value) => value ?? undefined);
const fields = z.tuple([
  z.string(),
  z.number(),
  z.string(),
  maybe,
  maybe,
  z.union([z.string(), z.tuple([z.string(), z.string(), maybe])]),
]);

function toContent(value: unknown): StateContent {
  const [, seconds, platform, deployment, storageTarget, kept] = fields.parse(value);
  const again =
    typeof kept === 'string'
      ? kept
      : { login_hint: kept[0], target_link_uri: kept[1], lti_message_hint: kept[2] };
  return { platform, deployment, storageTarget, again, expiresAt: new Date(seconds * 1000) };
}
