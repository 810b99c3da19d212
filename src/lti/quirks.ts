import type { PlatformFamily } from './platform.model.ts';

/** What LMSs do in their own way, each with its reason. Rooms ask here instead of asking which LMS it is. */

/** Which LMS it is: by the product family code of its configuration or token, else by its issuer. */
export function familyOf(issuer: string, productFamily = ''): PlatformFamily {
  const code = productFamily.toLowerCase();
  const host = hostOf(issuer);
  if (code.includes('canvas') || /(^|\.)(instructure\.com|canvaslms\.com)$/.test(host)) return 'canvas';
  if (code.includes('moodle')) return 'moodle';
  if (code.includes('blackboard') || /(^|\.)blackboard\.com$/.test(host)) return 'blackboard';
  if (
    /desire2learn|d2l|brightspace/.test(code) ||
    /(^|\.)(brightspace\.com|desire2learn\.com|d2l\.[a-z.]+)$/.test(host)
  )
    return 'brightspace';
  if (code.includes('sakai')) return 'sakai';
  if (code.includes('schoology') || /(^|\.)schoology\.com$/.test(host)) return 'schoology';
  return 'other';
}

/** For people: "sent to Moodle". */
export function familyName(family: PlatformFamily): string | undefined {
  const names: Record<PlatformFamily, string | undefined> = {
    canvas: 'Canvas',
    moodle: 'Moodle',
    blackboard: 'Blackboard',
    brightspace: 'Brightspace',
    sakai: 'Sakai',
    schoology: 'Schoology',
    other: undefined,
  };
  return names[family];
}

/**
 * May this issuer's configuration be fetched from that host? They must be the same (LTI Dynamic Registration 1.0 §3.5.1),
 * but all customers of Canvas share the issuer canvas.instructure.com while their configuration is at
 * sso.canvaslms.com or at their own instructure.com host, and Blackboard's is at developer.blackboard.com.
 */
export function mayConfigure(issuer: string, configurationHost: string): boolean {
  const host = new URL(issuer).host.toLowerCase();
  if (host === configurationHost.toLowerCase()) return true;
  const under = (...domains: string[]) =>
    domains.some((domain) => configurationHost === domain || configurationHost.endsWith(`.${domain}`));
  if (/^canvas(\.beta|\.test)?\.instructure\.com$/.test(host))
    return under('instructure.com', 'canvaslms.com');
  if (host === 'blackboard.com') return under('blackboard.com');
  return false;
}

/**
 * A Canvas on a school's own server says that it is canvas.instructure.com unless its security.yml has another `lti_iss`.
 * It may speak for itself: all its addresses are where its configuration is.
 */
export function isOwnCanvas(
  issuer: string,
  productFamily: string,
  configurationHost: string,
  endpoints: string[],
): boolean {
  return (
    /^https:\/\/canvas\.instructure\.com\/?$/.test(issuer) &&
    productFamily.toLowerCase().includes('canvas') &&
    endpoints.every((endpoint) => new URL(endpoint).host === configurationHost)
  );
}

/** Brightspace wants this audience in token requests, whatever the tenant (hypothesis/lms, product/d2l). */
export function authorizationServerOf(
  family: PlatformFamily,
  configured: string | undefined,
): string | undefined {
  return configured ?? (family === 'brightspace' ? 'https://api.brightspace.com/auth/token' : undefined);
}

/** Custom fields for a platform: only Canvas fills in Canvas' variables, others hand the names back. */
export function customFieldsFor(
  family: PlatformFamily,
  fields: Record<string, string>,
): Record<string, string> {
  if (family === 'canvas') return fields;
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => !/^\$(Canvas|com\.instructure)\./.test(value)),
  );
}

/** Canvas throttles with 403 and this header or text, where others use 429 (canvas.instructure.com/doc/api/file.throttling.html). */
export function isThrottled(status: number, headers: Headers, body: string): boolean {
  if (status === 429) return true;
  return (
    status === 403 &&
    (Number(headers.get('x-rate-limit-remaining') ?? 1) <= 0 || /rate limit exceeded/i.test(body))
  );
}

/**
 * Canvas makes a submission of every score and refuses it when the learner's submissions are used up: only the first
 * final score is to be one (canvas.instructure.com/doc/api/score.html, `new_submission`).
 */
export function scoreExtensions(
  family: PlatformFamily,
  score: { submits: boolean },
): Record<`https://${string}`, unknown> {
  if (family !== 'canvas') return {};
  return { 'https://canvas.instructure.com/lti/submission': { new_submission: score.submits } };
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}
