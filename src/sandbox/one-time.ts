import { randomBytes } from 'node:crypto';
import type { Lms } from './lms.ts';
import type { State, Ticket } from './state.ts';

type Kind = Ticket['kind'];
type About<K extends Kind> = Omit<Extract<Ticket, { kind: K }>, 'expires' | 'kind'>;

/** Gives out a name that can be taken once, within `lifetime` seconds. */
export async function issue<K extends Kind>(
  lms: Lms,
  kind: K,
  about: About<K>,
  lifetime: number,
): Promise<string> {
  const name = randomBytes(24).toString('base64url');
  const expires = lms.now().getTime() + lifetime * 1000;
  await lms.store.change((draft) => {
    forget(draft, lms.now());
    draft.tickets[name] = { kind, expires, ...about } as unknown as Ticket;
  });
  return name;
}

/** Takes it: the second to ask gets nothing. To be called inside a change, on its draft. */
export function take<K extends Kind>(
  draft: State,
  kind: K,
  name: string,
  now: Date,
): Extract<Ticket, { kind: K }> | undefined {
  const ticket = Object.hasOwn(draft.tickets, name) ? draft.tickets[name] : undefined;
  if (!ticket || ticket.kind !== kind || ticket.expires <= now.getTime()) return undefined;
  delete draft.tickets[name];
  return ticket as Extract<Ticket, { kind: K }>;
}

/** True the first time a `jti` or nonce is seen. To be called inside a change, on its draft. */
export function firstUse(
  draft: State,
  purpose: 'assertion' | 'deep-linking',
  value: string,
  until: number,
  now: Date,
): boolean {
  forget(draft, now);
  const name = `${purpose} ${value}`;
  if (Object.hasOwn(draft.used, name)) return false;
  draft.used[name] = until;
  return true;
}

function forget(draft: State, now: Date): void {
  const at = now.getTime();
  for (const [name, ticket] of Object.entries(draft.tickets))
    if (ticket.expires <= at) delete draft.tickets[name];
  for (const [name, until] of Object.entries(draft.used)) if (until <= at) delete draft.used[name];
}
