import type { LtijsWorld } from './ltijs.ts';
import type { PlatformRecord } from './platform.model.ts';
import { scopes } from './scopes.ts';
import { askService, below, isWebAddress, type ServiceFailure } from './service.ts';

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

/** A column of a platform's gradebook, and what we may do there (undefined: nobody said). */
export type Column = { platform: PlatformRecord; lineItem: string; granted?: string[] };

export type ScoreAnswer = { ok: true; status: number } | ServiceFailure;

/**
 * Posts a score to a line item (AGS 2.0 §3.4). Our own, not ltijs' `submitScore`: that one overwrites the
 * timestamp with the present, hides the answer's status and Retry-After, and waits without end (lti.md A.8).
 */
export async function postScore(ctx: LtijsWorld, column: Column, score: Score): Promise<ScoreAnswer> {
  const fault = cannotScore(column);
  if (fault) return { ok: false, text: fault, retry: false };
  const answer = await askService(ctx, column.platform, {
    url: below(column.lineItem, 'scores'),
    scope: scopes.score,
    method: 'POST',
    // Moodle finds its service by these, and takes no other media type and no list of them.
    headers: { 'Content-Type': 'application/vnd.ims.lis.v1.score+json' },
    body: JSON.stringify(score),
    // The body of a success means nothing (Moodle declares JSON and sends none).
    statusSays: true,
  });
  return answer.ok ? { ok: true, status: answer.status } : answer;
}

function cannotScore({ lineItem, granted }: Column): string | undefined {
  if (granted && !granted.includes(scopes.score))
    return 'The platform did not allow this tool to send scores.';
  return isWebAddress(lineItem) ? undefined : 'The line item is not a web address.';
}
