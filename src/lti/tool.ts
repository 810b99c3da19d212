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

/** This tool as every platform needs to know it; canvas.ts and registration.ts put it into their forms. */
export function toolOf(config: Pick<Config, 'publicUrl' | 'lti'>, family: PlatformFamily = 'other') {
  const { publicUrl, lti } = config;
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
    customFields: customFieldsFor(family, lti.custom_fields),
    privacyLevel: lti.privacy_level,
  };
}
