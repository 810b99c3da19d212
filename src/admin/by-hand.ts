import { isIP } from 'node:net';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { isKnownBy, knownAddresses, type Addresses } from '../lti/known-addresses.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { isPublic } from '../web/public-address.ts';
import { findText, t } from '../web/text.ts';

/** What is brought back from the LMS. `address`: where it is; the addresses of its doors follow from that. */
const names = [
  'name',
  'address',
  'clientId',
  'deploymentId',
  'issuer',
  'authorizationEndpoint',
  'tokenEndpoint',
  'jwksUri',
  'audience',
] as const;
export type FieldName = (typeof names)[number];
type Typed = Partial<Record<FieldName, string>>;
export type Fault = { field: FieldName; text: string };

/** One form: of an LMS whose addresses we know, or with all of them. */
export type ByHandForm = { family: PlatformFamily; full: boolean };

type Read =
  | { platform: Addresses & { name: string; clientId: string; audience?: string }; deploymentId: string }
  | { faults: Fault[] };

type Settings = Pick<Config, 'allowPrivateNetworks'>;

export function fieldsOf({ family, full }: ByHandForm): FieldName[] {
  const known = full ? undefined : isKnownBy(family);
  if (known === 'itself') return ['name', 'clientId', 'deploymentId'];
  if (known === 'address') return ['name', 'address', 'clientId', 'deploymentId'];
  return names.filter((name) => name !== 'address');
}

/** What was typed, as a platform; or every fault of it. */
export function readByHand(form: ByHandForm, body: Record<string, unknown>, config: Settings): Read {
  const fields = fieldsOf(form);
  const rules = rulesFor(form, config);
  const shape = Object.fromEntries(fields.map((field) => [field, rules[field]]));
  const parsed = z.object(shape).safeParse(body);
  if (!parsed.success) {
    const wrong = new Set(parsed.error.issues.map((issue) => issue.path[0]));
    return { faults: fields.filter((field) => wrong.has(field)).map((field) => faultOf(form, field)) };
  }
  const { deploymentId = '', name = '', clientId = '', audience, address, ...typed } = parsed.data as Typed;
  const addresses = form.full ? undefined : knownAddresses(form.family, { address, clientId });
  const platform = {
    ...(addresses ?? (typed as Addresses)),
    name,
    clientId,
    audience: audience || undefined,
  };
  return { platform, deploymentId };
}

/** The fields as they are shown: with what was typed, or what is the same for all customers of that LMS. */
export function showFields(form: ByHandForm, typed: Record<string, unknown> | undefined, faults: Fault[]) {
  const known = isKnownBy(form.family) === 'itself' ? knownAddresses(form.family, {}) : {};
  const usual: Typed = {
    ...known,
    // It has the client id in it.
    ...(form.family === 'blackboard' && { jwksUri: '' }),
    name: form.family === 'other' ? '' : t(`admin.connect.${form.family}.name`),
  };
  return fieldsOf(form).map((name) => ({
    name,
    label: textOf(form, 'field', name),
    hint: textOf(form, 'hint', name),
    value: typed ? String(typed[name] ?? '') : usual[name],
    error: faults.find(({ field }) => field === name)?.text,
    required: !isOptional(form, name),
    autocomplete: 'off',
    attributes: { maxlength: longest(name), spellcheck: 'false' },
  }));
}

function rulesFor(
  form: ByHandForm,
  { allowPrivateNetworks }: Settings,
): Record<FieldName, z.ZodType<string>> {
  const text = (name: FieldName) => z.string().trim().max(longest(name));
  const needed = (name: FieldName) => text(name).min(1);
  const webAddress = (name: FieldName) =>
    text(name).refine((value) => isWebAddress(value, { allowPrivateNetworks }));
  return {
    name: needed('name'),
    address: webAddress('address'),
    clientId: needed('clientId'),
    deploymentId: isOptional(form, 'deploymentId')
      ? text('deploymentId').default('')
      : needed('deploymentId'),
    issuer: webAddress('issuer'),
    authorizationEndpoint: webAddress('authorizationEndpoint'),
    tokenEndpoint: webAddress('tokenEndpoint'),
    jwksUri: webAddress('jwksUri'),
    audience: text('audience').default(''),
  };
}

/** Blackboard's issuer and client id are those of all its customers: only the deployment says whose it is, so the first to come is not trusted. */
function isOptional({ family }: ByHandForm, name: FieldName): boolean {
  return name === 'audience' || (name === 'deploymentId' && family !== 'blackboard');
}

/** As in a registration that an LMS begins: https, or a trial on one's own network. */
export function isWebAddress(value: string, { allowPrivateNetworks }: Settings): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (url.username || url.password) return false;
  if (allowPrivateNetworks) return /^https?:$/.test(url.protocol);
  return url.protocol === 'https:' && (isIP(host) === 0 || isPublic(host));
}

function longest(name: FieldName): number {
  if (name === 'name') return 100;
  // As long as a launch may say it (LTI 1.3 §3.1.3).
  if (name === 'deploymentId') return 255;
  return name === 'clientId' ? 500 : 2000;
}

function faultOf(form: ByHandForm, field: FieldName): Fault {
  return { field, text: textOf(form, 'fault', field) };
}

/** In the LMS's own words, where it has some. */
function textOf({ family, full }: ByHandForm, kind: 'field' | 'hint' | 'fault', name: FieldName): string {
  const own = full ? undefined : findText(`admin.connect.${family}.${kind}.${name}`);
  return own ?? t(`admin.connect.${kind}.${name}`);
}
