import type { Config } from '../config.ts';
import { launchUrl } from './login.ts';
import type { PlatformFamily } from './platform.model.ts';
import { customFieldsFor } from './quirks.ts';

/** The LTI scopes we ask for when lti-config.json names none: scores, line items, results, members. */
const usualScopes = [
  'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem',
  'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly',
  'https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly',
  'https://purl.imsglobal.org/spec/lti-ags/scope/score',
  'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
];

/** Where Canvas offers courses when lti-config.json names no placement: wherever a teacher adds something. */
const usualPlacements: Record<string, unknown>[] = [
  'assignment_selection',
  'link_selection',
  'editor_button',
  'module_index_menu_modal',
  'module_menu_modal',
  'course_assignments_menu',
].map((placement) => ({ placement, message_type: 'LtiDeepLinkingRequest' }));

/** What we ask to be told of a link when lti-config.json names nothing: which one it was copied from (history.ts). */
const usualCustomFields: Record<string, string> = {
  link_history: '$ResourceLink.id.history',
  context_history: '$Context.id.history',
};

/** By this our columns are known among others of the same link, those that we made and those that were made of a pick. */
export const columnTag = 'coursedock';

/** An address of ours that a platform launches to show one attempt; who may see it, a launch says (launch/review.ts). */
export function reviewUrl(publicUrl: string, attempt: string): string {
  return `${launchUrl(publicUrl)}?${new URLSearchParams({ attempt })}`;
}

/** This tool as every platform needs to know it; canvas.ts and registration.ts put it into their forms. */
export function toolOf(config: Pick<Config, 'publicUrl' | 'lti'>, family: PlatformFamily = 'other') {
  const { publicUrl, lti } = config;
  const customFields = Object.keys(lti.custom_fields).length > 0 ? lti.custom_fields : usualCustomFields;
  return {
    title: lti.title,
    description: lti.description,
    iconUrl: new URL(lti.icon, publicUrl).href,
    loginUrl: `${publicUrl}/lti/login`,
    launchUrl: launchUrl(publicUrl),
    jwksUrl: `${publicUrl}/lti/jwks`,
    /** With the port: Moodle compares it with the launch address's host and port. */
    domain: new URL(publicUrl).host,
    scopes: lti.scopes.length > 0 ? lti.scopes : usualScopes,
    placements: lti.placements.length > 0 ? lti.placements : usualPlacements,
    customFields: customFieldsFor(family, customFields),
    privacyLevel: lti.privacy_level,
  };
}
