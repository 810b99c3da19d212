import type { Context } from '../context.ts';
import type { DeliveryRecord } from './delivery.model.ts';

/**
 * How a try ended; `text` is for the admin's eyes. `retryAfter` in seconds, as the other end asked. `down`: it is the
 * other end as a whole that cannot be reached or is overloaded, so its lane rests. `held`: nobody was asked, and nobody is until
 * somebody here changes something; it waits for that. `mark`: a word for lists.
 */
export type Outcome =
  | { ok: true; text: string; status?: number; mark?: string }
  | {
      ok: false;
      text: string;
      status?: number;
      retry: boolean;
      retryAfter?: number;
      down?: boolean;
      held?: true;
    };

export function isHeld(outcome: Outcome): boolean {
  return !outcome.ok && outcome.held === true;
}

/** Sends one delivery. Throwing is a failure to be tried again. */
export type Deliver = (ctx: Context, delivery: DeliveryRecord) => Promise<Outcome>;

/** Who delivers which kind. */
export type Deliverers = Record<string, Deliver>;
