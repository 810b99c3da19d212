import { z } from 'zod';
import { LaunchRefused } from './errors.ts';
import { readHistory, type History } from './history.ts';
import { isTestUser, roleOf, type Role } from './roles.ts';

const lti = 'https://purl.imsglobal.org/spec/lti/claim/';

/** The names we call claims by, here and in what people read. */
const claimUris = {
  message_type: `${lti}message_type`,
  version: `${lti}version`,
  deployment_id: `${lti}deployment_id`,
  roles: `${lti}roles`,
  resource_link: `${lti}resource_link`,
  target_link_uri: `${lti}target_link_uri`,
  context: `${lti}context`,
  custom: `${lti}custom`,
  for_user: `${lti}for_user`,
  launch_presentation: `${lti}launch_presentation`,
  tool_platform: `${lti}tool_platform`,
  deep_linking_settings: 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings',
  grade_service: 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint',
  names_and_roles: 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice',
  sub: 'sub',
  name: 'name',
  given_name: 'given_name',
  family_name: 'family_name',
  email: 'email',
};

/** What a platform's message says, in our words. Verified by verify-launch.ts; this file only reads. */
export type Message = {
  message: 'resource' | 'deep-linking' | 'submission-review';
  deploymentId: string;
  user: { sub: string; name: string; email?: string; roles: string[] };
  role: Role;
  testUser: boolean;
  /** Submission review: the `sub` of the learner whose work is to be shown. */
  forUser?: string;
  link?: { id: string; title: string; description?: string };
  context?: { id: string; title: string };
  /** How the platform calls itself or its site, for people. */
  platformName?: string;
  /** Signed parameters of the link. A variable the platform did not fill in (`$…`) is left out. */
  custom: Record<string, string>;
  /** What it was copied from, as far as the platform says. */
  history: History;
  services: { lineItem?: string; lineItems?: string; scopes: string[]; memberships?: string };
  deepLinking?: DeepLinking;
  returnUrl?: string;
  locale?: string;
  documentTarget?: string;
  targetLinkUri?: string;
};

/** What a platform takes back from a picker (LTI DL 2.0 §4.4.1). */
export type DeepLinking = {
  returnUrl: string;
  data?: string;
  acceptTypes: string[];
  acceptMultiple: boolean;
  /** Undefined where the platform does not say. */
  acceptLineItem?: boolean;
  targets: string[];
  title?: string;
  text?: string;
};

const text = (max: number) =>
  z.string('must be a text').min(1, 'is empty').max(max, `is longer than ${max} characters`);
const line = (max: number) => text(max).regex(/^\P{Cc}*$/u, 'must not contain control characters');
/** Platforms send empty strings, null and other types where they mean nothing. */
const perhaps = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined));
const perhapsBoolean = z
  .unknown()
  .optional()
  .transform((value) =>
    value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined,
  );
const perhapsStrings = z
  .unknown()
  .optional()
  .transform((value) =>
    (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [])
      .filter((one) => typeof one === 'string')
      .map((one) => one.trim()),
  );
const webAddress = z
  .string()
  .refine(
    (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    'must be a web address',
  );
/** A service that is not there is left out, or named with an empty address. */
const service = webAddress.or(z.literal('').transform(() => undefined)).optional();

/** https://www.imsglobal.org/spec/lti/v1p3/#required-message-claims and the optional ones after it */
const common = z.object({
  sub: line(255),
  name: perhaps,
  given_name: perhaps,
  family_name: perhaps,
  email: perhaps,
  version: z.literal('1.3.0', 'must be 1.3.0'),
  deployment_id: line(255),
  roles: z.array(z.string()),
  context: z.object({ id: line(255), title: perhaps, label: perhaps }).optional(),
  custom: z.record(z.string(), z.unknown()).default({}),
  launch_presentation: z
    .object({ return_url: perhaps, locale: perhaps, document_target: perhaps })
    .optional()
    .catch(undefined),
  tool_platform: z.object({ name: perhaps, description: perhaps }).optional().catch(undefined),
  grade_service: z.object({ lineitem: service, lineitems: service, scope: perhapsStrings }).optional(),
  names_and_roles: z.object({ context_memberships_url: service }).optional(),
});

const link = z.object({ id: line(255), title: perhaps, description: perhaps });

/** https://www.imsglobal.org/spec/lti-dl/v2p0#deep-linking-settings */
const deepLinkingSettings = z.object({
  deep_link_return_url: webAddress,
  accept_types: z.union([
    z.array(z.string()),
    z.string().transform((value) => value.split(',').map((one) => one.trim())),
  ]),
  accept_presentation_document_targets: perhapsStrings,
  accept_multiple: perhapsBoolean,
  accept_lineitem: perhapsBoolean,
  data: z.string().optional(),
  title: perhaps,
  text: perhaps,
});

const resourceMessage = common.extend({ resource_link: link, target_link_uri: text(8192) });
const deepLinkingMessage = common.extend({
  deep_linking_settings: deepLinkingSettings,
  target_link_uri: perhaps,
});
/** https://www.imsglobal.org/spec/lti-sr/v1p0: whose work, and where: the column, and the link where it has one. */
const reviewMessage = common.extend({
  resource_link: link.optional(),
  for_user: z.object({ user_id: line(255) }),
  target_link_uri: perhaps,
});

/** Reads the claims of a verified token, or refuses it with every claim that is missing or wrong. */
export function readMessage(payload: Record<string, unknown>): Message {
  const claims = Object.fromEntries(
    Object.entries(claimUris).map(([name, uri]) => [name, withoutNulls(payload[uri])]),
  );
  const type = claims.message_type;
  if (typeof type !== 'string') throw new LaunchRefused('claims', { faults: ['message_type: is missing'] });
  switch (type) {
    case 'LtiResourceLinkRequest': {
      const read = parseClaims(resourceMessage, claims);
      return {
        ...toMessage('resource', read),
        link: toLink(read.resource_link),
        targetLinkUri: read.target_link_uri,
      };
    }
    case 'LtiDeepLinkingRequest': {
      const read = parseClaims(deepLinkingMessage, claims);
      return {
        ...toMessage('deep-linking', read),
        deepLinking: toDeepLinking(read.deep_linking_settings),
        targetLinkUri: read.target_link_uri,
      };
    }
    case 'LtiSubmissionReviewRequest': {
      const read = parseClaims(reviewMessage, claims);
      return {
        ...toMessage('submission-review', read),
        forUser: read.for_user.user_id,
        link: read.resource_link && toLink(read.resource_link),
        targetLinkUri: read.target_link_uri,
      };
    }
    default:
      throw new LaunchRefused('message-type', { values: { type: type.slice(0, 100) } });
  }
}

/** Some platforms write null for what they do not have: a claim, or a member of one. */
function withoutNulls(claim: unknown): unknown {
  if (claim === null) return undefined;
  if (typeof claim !== 'object' || Array.isArray(claim)) return claim;
  return Object.fromEntries(Object.entries(claim).filter(([, value]) => value !== null));
}

function parseClaims<T extends z.ZodType>(schema: T, claims: Record<string, unknown>): z.infer<T> {
  const result = schema.safeParse(claims);
  if (!result.success)
    throw new LaunchRefused('claims', { faults: result.error.issues.map(faultOf(claims)) });
  return result.data;
}

function toMessage(message: Message['message'], claims: z.infer<typeof common>): Message {
  const {
    context,
    grade_service: grades,
    launch_presentation: presentation,
    tool_platform: platform,
  } = claims;
  const custom = customOf(claims.custom);
  return {
    message,
    deploymentId: claims.deployment_id,
    user: { sub: claims.sub, name: nameOf(claims), email: claims.email, roles: claims.roles },
    role: roleOf(claims.roles),
    testUser: isTestUser(claims.roles),
    context: context && { id: context.id, title: context.title ?? context.label ?? '' },
    platformName: platform?.name ?? platform?.description,
    custom,
    history: readHistory(custom),
    services: {
      lineItem: grades?.lineitem,
      lineItems: grades?.lineitems,
      scopes: grades?.scope ?? [],
      memberships: claims.names_and_roles?.context_memberships_url,
    },
    returnUrl: webAddress.safeParse(presentation?.return_url).data,
    locale: presentation?.locale,
    documentTarget: presentation?.document_target,
  };
}

function toLink(claim: z.infer<typeof link>): NonNullable<Message['link']> {
  return { id: claim.id, title: claim.title ?? '', description: claim.description };
}

function toDeepLinking(claim: z.infer<typeof deepLinkingSettings>): DeepLinking {
  return {
    returnUrl: claim.deep_link_return_url,
    data: claim.data,
    acceptTypes: claim.accept_types,
    // Absent: the spec leaves it open, and one item too many is dropped or refused; one is always right.
    acceptMultiple: claim.accept_multiple ?? false,
    acceptLineItem: claim.accept_lineitem,
    targets: claim.accept_presentation_document_targets,
    title: claim.title,
    text: claim.text,
  };
}

function nameOf(claims: z.infer<typeof common>): string {
  const parts = [claims.given_name, claims.family_name].filter(Boolean).join(' ');
  return (claims.name ?? parts).slice(0, 500);
}

/** Values are texts; some platforms send numbers. A variable that comes back by its name was not filled in. */
function customOf(claim: Record<string, unknown>): Record<string, string> {
  const entries = Object.entries(claim)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => [key, String(value)] as const)
    .filter(([, value]) => !/^\$[A-Za-z][\w.]*$/.test(value));
  return Object.fromEntries(entries);
}

function faultOf(claims: Record<string, unknown>) {
  return (issue: z.core.$ZodIssue): string => {
    const path = issue.path.map(String);
    const value = path.reduce<unknown>(
      (at, key) => (at as Record<string, unknown> | null | undefined)?.[key],
      claims,
    );
    return `${path.join('.')}: ${value === undefined || value === null ? 'is missing' : wordsFor(issue)}`;
  };
}

/** Of JSON's kinds of values, in the words of its specification. */
function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  const kinds: Record<string, string> = { array: 'an array', string: 'a text' };
  return `must be ${kinds[issue.expected] ?? 'an object'}`;
}
