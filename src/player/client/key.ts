/**
 * The launch's token. It came in the fragment; the page's first script put it into the history entry and loaded the page
 * again, because a document opened with `#token` tells it to every script of its origin for as long as it lives:
 * `performance.getEntriesByType('navigation')[0].name` (seen in Chromium 156). From here on it is in closures only.
 */
export function takeKey(): string | undefined {
  const { state } = history as { state: { key?: unknown } | null };
  history.replaceState(null, '', location.pathname);
  return typeof state?.key === 'string' && state.key !== '' ? state.key : undefined;
}

/** A window of its own comes with a ticket, which the server changes for its token once (attempts/tickets.ts). */
export function isTicket(key: string): boolean {
  return key.startsWith('ticket_');
}

/** True in the document that had the token in its address: it only waits for its second loading. */
export function isLoadingAgain(): boolean {
  return performance.getEntriesByType('navigation').some((entry) => entry.name.includes('#'));
}
