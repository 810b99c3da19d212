import type { JWTPayload } from 'jose';
import { course, type Person } from './people.ts';
import { claim, scope } from './protocol.ts';
import type { Activity, LineItem, Tool } from './state.ts';

type Scene = { url: string; tool: Tool; person: Person; target: 'iframe' | 'window' };

/** What every message says: who, where, in which role, from which LMS (LTI Core 1.3 §5.3–5.4). */
function common({ url, tool, person }: Scene): JWTPayload {
  return {
    ...profile(tool, person),
    sub: person.id,
    [claim.version]: '1.3.0',
    [claim.deploymentId]: tool.deploymentId,
    [claim.roles]: person.roles,
    [claim.context]: course,
    [claim.platform]: {
      guid: 'coursedock-sandbox',
      name: 'Sandbox LMS',
      description: 'A practice LMS',
      product_family_code: 'coursedock-sandbox',
      version: '1',
      url,
    },
    [claim.lis]: {
      person_sourcedid: `sandbox:${person.id}`,
      course_section_sourcedid: `sandbox:${course.id}`,
    },
    ...services(url, tool),
  };
}

/** A launch of an activity: LTI Core 1.3 §5.3, with the services it may use. */
export function resourceLinkClaims(scene: Scene, activity: Activity, lineItems: LineItem[]): JWTPayload {
  const { url, tool, person, target } = scene;
  const mine = lineItems.filter((item) => item.resourceLinkId === activity.id);
  const claims: JWTPayload = {
    ...common(scene),
    [claim.messageType]: 'LtiResourceLinkRequest',
    [claim.targetLinkUri]: activity.url,
    [claim.resourceLink]: { id: activity.id, title: activity.title, description: activity.description },
    [claim.presentation]: {
      document_target: target,
      return_url: `${url}/return/${activity.id}`,
      locale: person.locale,
    },
    [claim.custom]: expand({ ...tool.custom, ...activity.custom }, person, activity),
  };
  // AGS 2.0 §3.1.1: `lineitem` only where exactly one is coupled to the link.
  const endpoint = claims[claim.ags] as Record<string, unknown> | undefined;
  if (endpoint && mine.length === 1) endpoint.lineitem = lineItemUrl(url, tool, mine[0]!.id);
  return claims;
}

/** Somebody wants to see what a learner has done, from their cell of the gradebook: LTI Submission Review 1.0 §3. */
export function submissionReviewClaims(
  scene: Scene,
  activity: Activity,
  lineItems: LineItem[],
  learner: Person,
): JWTPayload {
  return {
    ...resourceLinkClaims(scene, activity, lineItems),
    [claim.messageType]: 'LtiSubmissionReviewRequest',
    [claim.targetLinkUri]: scene.tool.reviewUri,
    [claim.forUser]: { user_id: learner.id, roles: learner.roles },
  };
}

/** An instructor wants to pick content: LTI Deep Linking 2.0 §4.4. */
export function deepLinkingClaims(scene: Scene, returnUrl: string, data: string): JWTPayload {
  const { tool, person, target } = scene;
  return {
    ...common(scene),
    [claim.messageType]: 'LtiDeepLinkingRequest',
    [claim.targetLinkUri]: tool.deepLink?.uri ?? tool.targetLinkUri,
    [claim.presentation]: { document_target: target, locale: person.locale },
    [claim.custom]: expand(tool.deepLink?.custom ?? {}, person),
    [claim.deepLinking]: {
      deep_link_return_url: returnUrl,
      accept_types: ['ltiResourceLink'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true,
      accept_lineitem: true,
      auto_create: true,
      data,
    },
  };
}

/** The URL of a line item; its query (as Moodle's has one) belongs to it, and `/scores` goes before it. */
export function lineItemUrl(url: string, tool: Tool, id = ''): string {
  return `${url}/api/courses/${course.id}/lineitems${id && `/${id}`}?deployment=${tool.deploymentId}`;
}

export function membershipsUrl(url: string): string {
  return `${url}/api/courses/${course.id}/memberships`;
}

function services(url: string, tool: Tool): JWTPayload {
  const ags = tool.scopes.filter((granted) => granted.includes('/lti-ags/'));
  return {
    ...(ags.length && { [claim.ags]: { scope: ags, lineitems: lineItemUrl(url, tool) } }),
    ...(tool.scopes.includes(scope.memberships) && {
      [claim.memberships]: { context_memberships_url: membershipsUrl(url), service_versions: ['2.0'] },
    }),
  };
}

/** Names and addresses go only to a tool that asked for these claims when it registered. */
function profile(tool: Tool, person: Person): JWTPayload {
  const known = {
    name: person.name,
    given_name: person.given,
    family_name: person.family,
    email: person.email,
    locale: person.locale,
  };
  return Object.fromEntries(Object.entries(known).filter(([name]) => tool.claims.includes(name)));
}

/** Fills in `$Variables`; what is not known stays as it is, as in any LMS. */
function expand(custom: Record<string, string>, person: Person, activity?: Activity): Record<string, string> {
  const values: Record<string, string | undefined> = {
    '$User.id': person.id,
    '$Person.name.full': person.name,
    '$Person.name.given': person.given,
    '$Person.name.family': person.family,
    '$Person.email.primary': person.email,
    '$Context.id': course.id,
    '$Context.title': course.title,
    '$Context.label': course.label,
    '$ResourceLink.id': activity?.id,
    '$ResourceLink.title': activity?.title,
    '$Message.locale': person.locale,
  };
  return Object.fromEntries(Object.entries(custom).map(([name, value]) => [name, values[value] ?? value]));
}
