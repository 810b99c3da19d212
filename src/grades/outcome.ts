import type { PlatformRecord } from '../lti/platform.model.ts';
import { isStale } from '../lti/quirks.ts';
import { elsewhere } from '../lti/service-addresses.ts';
import type { ServiceFailure } from '../lti/service.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import type { Outcome } from '../outbox/outcome.ts';
import { t } from '../web/text.ts';

/**
 * Times a score goes again with a later time before we believe that the platform's newer grade is to stay: within the
 * better part of an hour the clocks of two servers should have met.
 */
const conflictsTaken = 10;

/** Answers in a row, up to now, that the platform has something newer. */
export function conflictsOf({ answers }: Pick<DeliveryRecord, 'answers'>): number {
  const isConflict = ({ status = 0, text }: DeliveryRecord['answers'][number]) => isStale(status, text);
  return answers.length - 1 - answers.findLastIndex((answer) => !isConflict(answer));
}

/** A platform that was switched off here may be switched on again: what is for it waits. One that is gone is gone. */
export function notConnected(platform: PlatformRecord | undefined): Outcome {
  if (!platform) return { ok: false, text: t('grades.platformGone'), retry: false };
  return { ok: false, text: t('grades.platformOff'), retry: true, down: true };
}

/**
 * Where an address would have us send that was the platform's once: a host that an administrator took off its list. Undefined: it
 * may be sent. What is for it waits until the host is there again.
 */
export function heldFor(platform: PlatformRecord, address: string): Outcome | undefined {
  const host = elsewhere(platform, address);
  return host === undefined
    ? undefined
    : { ok: false, text: t('grades.elsewhere', { host }), retry: true, held: true };
}

/** What the platform's answer means for the delivery, with a sentence for the admin. */
export function outcomeOf(answer: ServiceFailure, delivery: Pick<DeliveryRecord, 'answers'>): Outcome {
  const { status, retryAfter, text } = answer;
  const failed = (key: string, how: { retry: boolean; down?: boolean }): Outcome => ({
    ok: false,
    status,
    text: t(`grades.${key}`, { answer: text }),
    retryAfter,
    ...how,
  });
  const isRefused = status !== undefined && status < 500 && status !== 408 && status !== 429;
  if (answer.noToken && isRefused) return failed('noToken', { retry: true, down: true });
  if (answer.stale) {
    const more = conflictsOf(delivery) + 1 < conflictsTaken;
    return failed(more ? 'conflict' : 'conflictStays', { retry: more });
  }
  if (status === undefined)
    return failed(answer.retry ? 'noAnswer' : 'notSent', { retry: answer.retry, down: answer.retry });
  if (status >= 500) return failed('platformDown', { retry: true, down: true });
  if (status === 401) return failed('unauthorized', { retry: true, down: true });
  if (status === 400 && answer.retry) return failed('clock', { retry: true });
  if (answer.retry) return failed('busy', { retry: true, down: true });
  if (status === 403) return failed('forbidden', { retry: true });
  if (status === 404) return failed('columnGone', { retry: false });
  if (status === 400 || status === 422) return failed('learnerRefused', { retry: false });
  if (status >= 300 && status < 400) return failed('moved', { retry: true });
  return failed('refused', { retry: status < 400 });
}
