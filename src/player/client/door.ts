import { bare } from './natives.ts';

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
  path:
    | 'enter'
    | 'open'
    | 'recover'
    | 'commit'
    | 'alive'
    | 'status'
    | 'watch'
    | 'again'
    | 'resume'
    | 'window'
    | 'log',
  body?: string,
  keepalive?: boolean,
) => Promise<unknown>;

/**
 * The way to the server. All that touches the token is made here, before any course runs: a course shares our origin, and
 * may replace whatever function it finds on our window. For the same reason what `fetch` is given has no prototype:
 * `Object.prototype[Symbol.iterator]`, set by a course, would be called on the headers. (Both were tried, and worked.)
 */
export function makeAsk(key: string): Ask {
  const ask = window.fetch.bind(window);
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const headers = bare({
    Authorization: `Bearer ${key}`,
    'Content-Type': 'application/json',
    Accept: 'application/json',
  });
  const options = bare<RequestInit>({
    method: 'POST',
    headers,
    body: '',
    keepalive: false,
    signal: null,
    credentials: 'omit',
    cache: 'no-store',
    redirect: 'error',
  });
  return async (path, body = '{}', keepalive = false) => {
    options.body = body;
    options.keepalive = keepalive;
    // A network that swallows everything must look like none.
    options.signal = timeout(15_000);
    const response = await ask(`/play/${path}`, options);
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    if (response.ok) return answer;
    throw new Refusal(response.status, answer, secondsTo(response.headers.get('Retry-After')));
  };
}

/** Retry-After in seconds, which it may say in so many words or as a time (RFC 9110 10.2.3). */
export function secondsTo(retryAfter: string | null, now = Date.now()): number | undefined {
  if (!retryAfter) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return seconds > 0 ? Math.ceil(seconds) : undefined;
}
