import { forgetServiceToken, serviceToken } from './service-token.ts';
import { findPlatform } from './platforms.ts';
import { askPlatform, PlatformFailure, retryAfter } from './platform-http.ts';
import type { LtijsWorld } from './ltijs.ts';
import type { PlatformRecord } from './platform.model.ts';
import { isThrottled } from './quirks.ts';

export const scoreScope = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

/** A score as Assignment and Grade Services 2.0 §3.4.4 has it; extensions of a platform go along as they are. */
export type Score = {
  userId: string;
  scoreGiven?: number;
  scoreMaximum?: number;
  activityProgress: 'Initialized' | 'Started' | 'InProgress' | 'Submitted' | 'Completed';
  gradingProgress: 'FullyGraded' | 'Pending' | 'PendingManual' | 'Failed' | 'NotReady';
  /** ISO 8601; later than any sent before for this learner and line item. */
  timestamp: string;
  comment?: string;
  submission?: { startedAt?: string; submittedAt?: string };
  [extension: `https://${string}`]: unknown;
};

/** What came of it, in a line for people. No status: nobody answered, or we did not ask. */
export type ScoreAnswer = {
  ok: boolean;
  status?: number;
  text: string;
  retry: boolean;
  retryAfter?: number;
  /** It did not come to posting: `status` and `text` are the token endpoint's. */
  noToken?: boolean;
};

/**
 * Posts a score to a line item (AGS 2.0 §3.4). Our own, not ltijs' `submitScore`: that one overwrites the
 * timestamp with the present, hides the answer's status and Retry-After, and waits without end (lti.md A.8).
 */
export async function postScore(
  ctx: LtijsWorld,
  given: { platformId: string; lineItem: string; scopes?: string[]; score: Score },
): Promise<ScoreAnswer> {
  const platform = await findPlatform(ctx, given.platformId);
  if (!platform?.active)
    return { ok: false, text: 'The platform is not connected any more, or was disabled.', retry: false };
  if (given.scopes && !given.scopes.includes(scoreScope)) {
    return { ok: false, text: 'The platform did not allow this tool to send scores.', retry: false };
  }
  if (!/^https?:\/\//.test(given.lineItem) || !URL.canParse(given.lineItem)) {
    return { ok: false, text: 'The line item is not a web address.', retry: false };
  }
  try {
    const answer = await post(ctx, platform, given.lineItem, given.score);
    if (answer.status !== 401) return answer;
    await forgetServiceToken(ctx, platform);
    return await post(ctx, platform, given.lineItem, given.score);
  } catch (error) {
    if (!(error instanceof PlatformFailure)) throw error;
    const { status, retryAfter: wait } = error;
    const refused = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
    return {
      ok: false,
      status,
      text: `No access token: ${error.message}`,
      retry: !refused,
      retryAfter: wait,
      noToken: true,
    };
  }
}

/**
 * Where a line item takes scores: `/scores` at the end of the path, its query kept. Moodle's line items end in
 * `?type_id=…`, and what is put after that is not found (AGS 2.0 §3.4.1).
 */
export function scoresUrl(lineItem: string): string {
  const url = new URL(lineItem);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/scores`;
  return url.href;
}

async function post(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  lineItem: string,
  score: Score,
): Promise<ScoreAnswer> {
  const authorization = await serviceToken(ctx, platform, [scoreScope]);
  const sent = askPlatform(ctx, scoresUrl(lineItem), {
    method: 'POST',
    // Moodle finds its service by these, and takes no other media type and no list of them.
    headers: { Authorization: authorization, 'Content-Type': 'application/vnd.ims.lis.v1.score+json' },
    body: JSON.stringify(score),
  });
  const answer = await sent.catch((error: PlatformFailure) => error);
  if (answer instanceof PlatformFailure) return { ok: false, text: answer.message, retry: true };
  const { ok, status, headers } = answer;
  // The body of a success means nothing (Moodle declares JSON and sends none), so it is not read.
  if (ok) return { ok, status, text: `${status}`, retry: false };
  const throttled = isThrottled(status, headers, answer.text);
  return {
    ok,
    status,
    text: answer.failure().message,
    retry: throttled || status >= 500 || [401, 408, 409, 423, 425].includes(status),
    retryAfter: retryAfter(headers, ctx.now()) ?? (throttled ? 30 : undefined),
  };
}
