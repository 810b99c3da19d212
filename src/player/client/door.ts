/** What the server answered when it said no, in its own words (RFC 9457). */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** The number of the commit the server waits for, where it says so. */
  readonly expected?: number;
  /** Seconds after which to ask again (Retry-After). */
  readonly retryAfter?: number;

  constructor(
    status: number,
    problem: { title?: unknown; code?: unknown; detail?: unknown; expected?: unknown },
    retryAfter?: number,
  ) {
    super(String(problem.title ?? status));
    this.status = status;
    this.code = String(problem.code ?? '');
    this.detail = typeof problem.detail === 'string' ? problem.detail : undefined;
    this.expected = typeof problem.expected === 'number' ? problem.expected : undefined;
    this.retryAfter = retryAfter;
  }
}

/** POSTs to one of the player's addresses; throws a {@link Refusal}, or a TypeError where nobody answered. */
export type Ask = (
  path: 'open' | 'commit' | 'status',
  body?: string,
  keepalive?: boolean,
) => Promise<unknown>;

/**
 * The way to the server. It is made before any course runs, with the `fetch` of then: a course shares our origin and
 * may replace what it finds on our window. For the same reason nothing that is handed to `fetch` has a prototype:
 * `Object.prototype[Symbol.iterator]`, set by a course, would be called on the headers with the token in them.
 */
export function makeAsk(key: string): Ask {
  const ask = window.fetch.bind(window);
  return async (path, body = '{}', keepalive = false) => {
    const headers = bare({
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
    });
    const response = await ask(
      `/play/${path}`,
      bare<RequestInit>({
        method: 'POST',
        headers,
        body,
        keepalive,
        credentials: 'omit',
        cache: 'no-store',
        redirect: 'error',
        // A network that swallows everything must look like none.
        signal: AbortSignal.timeout(15_000),
      }),
    );
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return answer;
    throw new Refusal(response.status, answer, Number(response.headers.get('Retry-After')) || undefined);
  };
}

function bare<T extends object>(value: T): T {
  return Object.setPrototypeOf(value, null) as T;
}
