import { isIP } from 'node:net';
import { isPublic } from '../web/public-address.ts';
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

/**
 * Its services are at the school's own host, which has nothing to do with where the LMS as a whole is known: Canvas and
 * Blackboard are each one issuer for all of their customers, who may bring their own domains.
 */
export function hasVanityHosts(family: PlatformFamily): boolean {
  return family === 'canvas' || family === 'blackboard';
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
 * A score is older than what the platform has. By AGS 2.0 §3.4.9 that is 409; Canvas answers 400 with this text, also when
 * a teacher graded meanwhile (canvas-lms, scores_controller.rb, verify_valid_timestamp).
 */
export function isStale(status: number, body: string): boolean {
  return status === 409 || (status === 400 && /before last updated timestamp/i.test(body));
}

/**
 * What an LMS is told on the way to a grade; undefined: nothing.
 *
 * - Moodle empties the cell for every score that is not fully graded (seen in 4.5), Canvas does so unless told not to
 *   (scores_controller.rb, ignore_score), and neither shows anybody anything for it.
 * - Brightspace says of none what it does with it: what is of no use is not sent.
 * - Blackboard marks work as handed in by it, and gives no zero for "nothing submitted", but only for `Pending`
 *   (hypothesis/product-backlog#1750); once is enough.
 */
export function progressFor(
  family: PlatformFamily,
  progress: {
    activityProgress: 'Started' | 'InProgress' | 'Completed';
    gradingProgress: 'NotReady' | 'Pending';
  },
): typeof progress | undefined {
  if (family === 'moodle' || family === 'canvas' || family === 'brightspace') return undefined;
  if (family !== 'blackboard') return progress;
  const activityProgress = progress.activityProgress === 'Completed' ? 'Completed' : 'InProgress';
  return { activityProgress, gradingProgress: 'Pending' };
}

type Submitting = { submittedAt?: string; keepsTeachers: boolean; reviewUrl: string };

/**
 * What Canvas reads in a score besides the standard (developerdocs.instructure.com, Score). It makes a submission of every
 * score and refuses it when the learner's submissions are used up: only the first final score is to be one
 * (`submittedAt`), of the time it happened, so that none is late because Canvas could not be reached. And it alone keeps a
 * teacher's grade by itself, where it is asked to. SpeedGrader launches the address that a submission has: there the work is to
 * be seen.
 */
export function scoreExtensions(
  family: PlatformFamily,
  { submittedAt, keepsTeachers, reviewUrl }: Submitting,
): { submission?: { submittedAt: string }; [extension: `https://${string}`]: unknown } {
  if (family !== 'canvas') return {};
  return {
    ...(submittedAt && { submission: { submittedAt } }),
    'https://canvas.instructure.com/lti/submission': {
      new_submission: submittedAt !== undefined,
      ...(submittedAt && { submission_type: 'basic_lti_launch', submission_data: reviewUrl }),
      ...(keepsTeachers && { prioritize_non_tool_grade: true }),
    },
  };
}

/**
 * Does the platform ask to see a learner's work where a column says that it can be seen (LTI Submission Review 1.0)? Canvas has
 * an address in the score instead, Moodle asks from its grade analysis whatever a column says (seen in 4.5), Blackboard knows of
 * none, and Brightspace refuses an item with what it does not know.
 */
export function asksForReviews(family: PlatformFamily): boolean {
  return !['canvas', 'moodle', 'blackboard', 'brightspace'].includes(family);
}

/**
 * Does the platform make dates of those that a picked link has? Canvas makes an assignment's unlock, due and lock dates of them, and
 * only where there is an assignment, which is where there are points (canvas-lms, deep_linking_modules.rb); Brightspace has the same three.
 * Moodle ignores them (lti_convert_content_items), and of the others we do not know it.
 */
export function datesTaken(family: PlatformFamily): 'always' | 'with points' | 'never' {
  if (family === 'canvas') return 'with points';
  return family === 'brightspace' ? 'always' : 'never';
}

/** Does the platform open a link where it asks to be opened? Since Moodle 4.3 the tool's own setting says so for all of its links. */
export function heedsTargets(family: PlatformFamily): boolean {
  return family !== 'moodle';
}

/** Does the platform name a column as the picker says? Moodle names it after the activity. */
export function heedsLabels(family: PlatformFamily): boolean {
  return family !== 'moodle';
}

/** Canvas takes no submission from the future, and its clock may be behind (scores_controller.rb, verify_valid_submitted_at). */
export function isTooEarly(status: number, body: string): boolean {
  return status === 400 && /submitted_at .*in the future/i.test(body);
}

/** Does the platform keep a teacher's grade by itself, so that ours may be sent whatever stands there? (scoreExtensions) */
export function keepsTeachersGrade(family: PlatformFamily): boolean {
  return family === 'canvas';
}

/**
 * Canvas refuses a submission too many: "The maximum number of allowed attempts has been reached for this submission"
 * (scores_controller.rb, verify_attempts_for_online_upload). The score alone it takes.
 */
export function isSubmissionTooMany(
  family: PlatformFamily,
  { status, text }: { status?: number; text: string },
): boolean {
  return family === 'canvas' && status === 422 && /allowed attempts/i.test(text);
}

/**
 * The query for the results of a column. Blackboard leaves the comments out where it is asked for one learner, so all are
 * read, a thousand at a time (hypothesis/lms, product/blackboard).
 */
export function resultsQuery(
  family: PlatformFamily,
  { userId, comments }: { userId?: string; comments?: boolean },
): Record<string, string> {
  if (family === 'blackboard' && (comments || userId === undefined)) return { limit: '1000' };
  return userId === undefined ? {} : { user_id: userId };
}

/**
 * The query for the people of a course. Canvas knows roles by their full names only (app/controllers/lti/ims/names_and_roles_controller.rb), Moodle by
 * their short ones. Fifty a page is Canvas' most; Moodle shows everybody at once unless it is asked for pages.
 */
export function membersQuery(
  family: PlatformFamily,
  role: 'learner' | 'instructor' | undefined,
): Record<string, string> {
  const word = role && { learner: 'Learner', instructor: 'Instructor' }[role];
  const name =
    family === 'moodle' ? word : word && `http://purl.imsglobal.org/vocab/lis/v2/membership#${word}`;
  return { ...(family !== 'moodle' && { limit: '200' }), ...(name && { role: name }) };
}

/**
 * By how many points a cell of the gradebook may differ from what was sent and still be the same: the four keep at least
 * two decimals; of the others we do not know whether they keep any.
 */
export function gradebookGrain(family: PlatformFamily): number {
  return ['moodle', 'canvas', 'blackboard', 'brightspace'].includes(family) ? 0.01 : 0.5;
}

/**
 * Grades that may be on their way to one platform at the same time. Canvas reckons each request against the tool and
 * asks for one after the other (doc/api/file.throttling.html).
 */
export function callsAtOnce(family: PlatformFamily): number {
  return family === 'canvas' ? 1 : 4;
}

/**
 * A Moodle as it comes fetches nothing from private networks, nor from ports other than 80 and 443 (`curlsecurityblockedhosts`,
 * `curlsecurityallowedport`): our keys, for one, without which it takes neither picks nor grades. Of a name we do not know where it leads.
 */
export function isRefusedByMoodle(address: string): boolean {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isInside = isIP(host) > 0 ? !isPublic(host) : host === 'localhost' || host.endsWith('.localhost');
  return isInside || port !== '';
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
}
