import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import type { Lms } from './lms.ts';
import { issue } from './one-time.ts';
import type { Person } from './people.ts';
import type { Activity } from './state.ts';

/** A form that the learner's browser posts to the tool's login address. */
export type Login = { action: string; fields: Record<string, string> };

export type LoginOptions = { target?: 'iframe' | 'window'; storage?: boolean };

/** Starts a launch of an activity (LTI Security Framework 1.0 §5.1.1.1, LTI Core 1.3 §4.1). */
export async function initiateLaunch(
  lms: Lms,
  person: Person,
  activity: Activity,
  options: LoginOptions = {},
): Promise<Login> {
  const target = options.target ?? 'iframe';
  const hint = await issue(lms, 'launch', { person: person.id, activity: activity.id, target }, 600);
  return login(lms, person, activity.url, hint, options);
}

/** Starts showing what a learner has done in an activity (LTI Submission Review 1.0 §3). */
export async function initiateReview(
  lms: Lms,
  person: Person,
  activity: Activity,
  learner: Person,
  options: LoginOptions = {},
): Promise<Login> {
  const uri = getTool(lms).reviewUri;
  if (!uri) throw new NotFound(t('sandbox.noReview'));
  const about = { person: person.id, activity: activity.id, learner: learner.id };
  const hint = await issue(lms, 'review', { ...about, target: options.target ?? 'iframe' }, 600);
  return login(lms, person, uri, hint, options);
}

/** Starts picking content in the tool. */
export async function initiatePick(lms: Lms, person: Person, options: LoginOptions = {}): Promise<Login> {
  const uri = getTool(lms).deepLink?.uri;
  if (!uri) throw new NotFound(t('sandbox.noPicker'));
  const hint = await issue(lms, 'pick', { person: person.id, target: options.target ?? 'iframe' }, 600);
  return login(lms, person, uri, hint, options);
}

export function getTool(lms: Lms) {
  const { tool } = lms.store.state;
  if (!tool) throw new NotFound(t('sandbox.noTool'), { detail: t('sandbox.noTool.detail') });
  return tool;
}

function login(lms: Lms, person: Person, target: string, hint: string, options: LoginOptions): Login {
  const tool = getTool(lms);
  return {
    action: tool.initiateLoginUri,
    fields: {
      iss: lms.url,
      target_link_uri: target,
      login_hint: person.id,
      lti_message_hint: hint,
      client_id: tool.clientId,
      lti_deployment_id: tool.deploymentId,
      ...(options.storage && { lti_storage_target: '_parent' }),
    },
  };
}
