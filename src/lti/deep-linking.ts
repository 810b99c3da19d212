import { newToken } from '../store/token.ts';
import type { DeepLinking } from './claims.ts';
import { signJwt } from './keys.ts';
import type { LtijsWorld } from './ltijs.ts';
import { findPlatform } from './platforms.ts';

/** A link to be made in the platform (LTI DL 2.0 §3.1.4). */
export type LinkItem = {
  type: 'ltiResourceLink';
  url: string;
  title: string;
  text?: string;
  icon?: { url: string; width?: number; height?: number };
  custom: Record<string, string>;
  lineItem?: {
    scoreMaximum: number;
    label: string;
    resourceId?: string;
    tag?: string;
    /** From which progress on the platform may ask to see a learner's work (LTI Submission Review 1.0 §4). */
    submissionReview?: { reviewableStatus: string[] };
  };
  /** When it can be opened, and when work can be handed in (LTI DL 2.0 §3.1.4): ISO 8601 with a zone. */
  available?: { startDateTime?: string; endDateTime?: string };
  submission?: { startDateTime?: string; endDateTime?: string };
  iframe?: { width?: number; height?: number };
  window?: { targetName: string };
};

/**
 * The signed answer to a deep linking request (LTI DL 2.0 §4.5), to be posted as the form field `JWT` to `returnUrl`. No items:
 * the platform takes it for "cancelled". Our own, not ltijs': that one misspells the errormsg claim and drops items in silence
 * (lti.md A.9), and Moodle refuses a token whose `iat` is in its future.
 */
export async function deepLinkingResponse(
  ctx: LtijsWorld,
  to: { platform: string; deploymentId: string; settings: Pick<DeepLinking, 'data' | 'returnUrl'> },
  items: LinkItem[],
  said: { message?: string; errorMessage?: string } = {},
): Promise<{ returnUrl: string; jwt: string }> {
  const platform = await findPlatform(ctx, to.platform);
  if (!platform) throw new Error(`The platform ${to.platform} is gone`);
  const dl = 'https://purl.imsglobal.org/spec/lti-dl/claim';
  const payload = {
    iss: platform.clientId,
    // Canvas wants its issuer here; Moodle's and Blackboard's are the same thing.
    aud: platform.issuer,
    azp: platform.issuer,
    nonce: newToken(),
    'https://purl.imsglobal.org/spec/lti/claim/deployment_id': to.deploymentId,
    'https://purl.imsglobal.org/spec/lti/claim/message_type': 'LtiDeepLinkingResponse',
    'https://purl.imsglobal.org/spec/lti/claim/version': '1.3.0',
    [`${dl}/content_items`]: items,
    // Whatever came must go back, the empty text too.
    ...(to.settings.data === undefined ? {} : { [`${dl}/data`]: to.settings.data }),
    ...(said.message ? { [`${dl}/msg`]: said.message } : {}),
    ...(said.errorMessage ? { [`${dl}/errormsg`]: said.errorMessage } : {}),
  };
  return { returnUrl: to.settings.returnUrl, jwt: await signJwt(ctx, platform, payload, 300) };
}
