import type { LtijsWorld } from './ltijs.ts';
import { askPlatform, PlatformFailure, retryAfter, type PlatformRequest } from './platform-http.ts';
import type { PlatformRecord } from './platform.model.ts';
import { isStale, isThrottled, isTooEarly } from './quirks.ts';
import { elsewhere } from './service-addresses.ts';
import { serviceToken } from './service-token.ts';

/** A service that did not do it; `text` is a line for people. No status: nobody answered, or we did not ask. */
export type ServiceFailure = {
  ok: false;
  status?: number;
  text: string;
  /** The same may be taken later. */
  retry: boolean;
  /** Seconds it asked us to wait. */
  retryAfter?: number;
  /** It knows something newer (AGS 2.0 §3.4.9): the same with a later time may be taken. */
  stale?: true;
  /** It did not come to asking: `status` and `text` are the token endpoint's. */
  noToken?: true;
};
export type ServiceAnswer =
  { ok: true; status: number; headers: Headers; json: () => unknown } | ServiceFailure;

export type ServiceRequest = Omit<PlatformRequest, 'seconds'> & { url: string; scope: string };

/**
 * Asks a platform's service with an access token of one scope. A token that is refused is replaced, once: platforms
 * forget them when they restart. Redirects are not followed: the token is for the address the platform signed.
 * Addresses are remembered for years: one that is not the platform's now gets no token.
 */
export async function askService(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  request: ServiceRequest,
): Promise<ServiceAnswer> {
  const host = elsewhere(platform, request.url);
  if (host) return { ok: false, text: `${host} is not a host of this platform (any more).`, retry: false };
  const first = await tokenFor(ctx, platform, request.scope);
  if (typeof first !== 'string') return first;
  const answer = await send(ctx, request, first);
  if (answer.ok || answer.status !== 401) return answer;
  const second = await tokenFor(ctx, platform, request.scope, first);
  return typeof second === 'string' ? send(ctx, request, second) : second;
}

/** A service's address below another: in its path, before its query. Moodle's line items end in `?type_id=…`. */
export function below(address: string, path: string, query: Record<string, string> = {}): string {
  const url = new URL(address);
  if (path) url.pathname = `${url.pathname.replace(/\/$/, '')}/${path}`;
  for (const [name, value] of Object.entries(query)) {
    if (url.searchParams.has(name)) url.searchParams.set(name, value);
    // To the letter what was there: a query that is written anew may not be the same to who made it.
    else url.search += `${url.search ? '&' : '?'}${new URLSearchParams([[name, value]])}`;
  }
  return url.href;
}

/** Can it be asked at all? What stands in old links may be anything. */
export function isWebAddress(address: string): boolean {
  return /^https?:\/\//.test(address) && URL.canParse(address);
}

async function tokenFor(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  scope: string,
  refused?: string,
): Promise<string | ServiceFailure> {
  try {
    return await serviceToken(ctx, platform, [scope], refused);
  } catch (error) {
    if (!(error instanceof PlatformFailure)) throw error;
    const { status, retryAfter: wait, message } = error;
    const final = status !== undefined && status >= 400 && status < 500 && ![408, 429].includes(status);
    return {
      ok: false,
      status,
      text: `No access token: ${message}`,
      retry: !final,
      retryAfter: wait,
      noToken: true,
    };
  }
}

async function send(ctx: LtijsWorld, request: ServiceRequest, authorization: string): Promise<ServiceAnswer> {
  const { url, headers, method, body, statusSays } = request;
  const sent = askPlatform(ctx, url, {
    method,
    body,
    statusSays,
    headers: { ...headers, Authorization: authorization },
  });
  const answer = await sent.catch((error: PlatformFailure) => error);
  if (answer instanceof PlatformFailure) return { ok: false, text: answer.message, retry: true };
  const { ok, status } = answer;
  if (ok) return { ok, status, headers: answer.headers, json: answer.json };
  const throttled = isThrottled(status, answer.headers, answer.text);
  const stale = isStale(status, answer.text);
  return {
    ok,
    status,
    text: answer.failure().message,
    retry:
      throttled ||
      stale ||
      isTooEarly(status, answer.text) ||
      status >= 500 ||
      [401, 408, 423, 425].includes(status),
    retryAfter: retryAfter(answer.headers, ctx.now()) ?? (throttled ? 30 : undefined),
    ...(stale && { stale }),
  };
}
