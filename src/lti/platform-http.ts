import type { Context } from '../context.ts';

/** What a platform answered. The body is text: many say one media type and send another, or nothing. */
export type PlatformAnswer = {
  ok: boolean;
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, or undefined if it is none. */
  json: () => unknown;
  failure: () => PlatformFailure;
};

/** A platform that refused, or did not answer (then without a status). */
export class PlatformFailure extends Error {
  override name = 'PlatformFailure';
  readonly status?: number;
  /** Seconds it asked us to wait. */
  readonly retryAfter?: number;
  constructor(message: string, more: { status?: number; retryAfter?: number; cause?: unknown } = {}) {
    super(message, { cause: more.cause });
    this.status = more.status;
    this.retryAfter = more.retryAfter;
  }
}

export type PlatformRequest = {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  seconds?: number;
  /** The status is the answer: a success whose body breaks off is one. */
  statusSays?: boolean;
};

/** One request to a platform through the guarded fetch; every way of not answering is a {@link PlatformFailure}. */
export async function askPlatform(
  ctx: Pick<Context, 'fetch' | 'now'>,
  url: string,
  init: PlatformRequest = {},
): Promise<PlatformAnswer> {
  const { seconds = 10, statusSays = false, ...request } = init;
  try {
    const response = await ctx.fetch(url, {
      ...request,
      // Some sites refuse what does not introduce itself.
      headers: { 'User-Agent': 'Coursedock/1 (LTI 1.3 tool)', ...request.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(seconds * 1000),
    });
    const text = await response.text().catch((error: unknown) => {
      if (statusSays && response.ok) return '';
      throw error;
    });
    const { status, headers } = response;
    return {
      ok: response.ok,
      status,
      headers,
      text,
      json: () => parseJson(text),
      failure: () =>
        new PlatformFailure(describe(status, response.statusText, text), {
          status,
          retryAfter: retryAfter(headers, ctx.now()),
        }),
    };
  } catch (cause) {
    throw new PlatformFailure(reasonOf(cause), { cause });
  }
}

/** Retry-After in seconds, from seconds or from a date (RFC 9110 §10.2.3). */
export function retryAfter(headers: Headers, now: Date): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
}

/** An answer in one line for people: the status and what stands in the body, without markup. */
export function describe(status: number, statusText: string, body: string): string {
  const said = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300);
  return [`${status}`, statusText, said].filter((part) => part && part !== '[]').join(' ');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function reasonOf(thrown: unknown): string {
  const causes: string[] = [];
  for (let at = thrown; at instanceof Error && causes.length < 4; at = at.cause)
    causes.push(at.message || at.name);
  return causes.filter((text) => text && text !== 'fetch failed').join(': ') || 'no answer';
}
