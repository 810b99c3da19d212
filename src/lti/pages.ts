import type { LtijsWorld } from './ltijs.ts';
import type { PlatformRecord } from './platform.model.ts';
import { askService, type ServiceFailure } from './service.ts';

/** How much of a list is read: a course has a few thousand people; what has more is broken, or not for us. */
export const usualLimits = { pages: 300, items: 20_000, seconds: 60 };
export type Limits = typeof usualLimits;

/** A list of a service. Not complete: `fault` says what stopped it after the first page. */
export type Listed<T> = { ok: true; items: T[]; fault?: string } | ServiceFailure;

/**
 * All pages of a service's list, as its Link headers lead (RFC 8288). Never to another server: the token goes along.
 * `read` gives the items of a page, undefined when it is none.
 */
export async function readPages<T>(
  ctx: LtijsWorld,
  platform: PlatformRecord,
  { url, scope, accept }: { url: string; scope: string; accept: string },
  read: (body: unknown) => T[] | undefined,
  limits: Limits = usualLimits,
): Promise<Listed<T>> {
  const items: T[] = [];
  const seen = new Set<string>();
  const end = ctx.now().getTime() + limits.seconds * 1000;
  for (let at: string | undefined = url; at !== undefined;) {
    const answer = await askService(ctx, platform, { url: at, scope, headers: { Accept: accept } });
    const page = answer.ok ? read(answer.json()) : undefined;
    const fault = answer.ok ? 'The answer is not what this service is to give.' : answer.text;
    if (!page && items.length > 0) return { ok: true, items, fault };
    if (!answer.ok) return answer;
    if (!page) return { ok: false, status: answer.status, text: fault, retry: true };
    items.push(...page);
    seen.add(at);
    at = nextPage(answer.headers, at);
    if (at === undefined) break;
    const more = whyNot(at, url, seen);
    if (more) return { ok: true, items, fault: more };
    if (seen.size >= limits.pages || items.length >= limits.items || ctx.now().getTime() >= end)
      return { ok: true, items, fault: 'The list is too long to be read to its end.' };
  }
  return { ok: true, items };
}

function whyNot(next: string, first: string, seen: Set<string>): string | undefined {
  if (new URL(next).origin !== new URL(first).origin) return 'The next page is on another server.';
  return seen.has(next) ? 'The next page is one that was read before.' : undefined;
}

/**
 * The address of the next page, undefined on the last. Moodle writes `rel=“next”` with typographic quotation marks, others
 * none. Behind a proxy that speaks https for it, an LMS may call itself by http: the same host stays what it was.
 */
export function nextPage(headers: Pick<Headers, 'get'>, page: string): string | undefined {
  for (const [, address = '', parameters = ''] of (headers.get('link') ?? '').matchAll(/<([^>]*)>([^<]*)/g)) {
    const relations = /;\s*rel\s*=\s*([^;,]*)/i.exec(parameters)?.[1]?.match(/[a-z][a-z-]*/gi) ?? [];
    if (!relations.some((one) => one.toLowerCase() === 'next') || !URL.canParse(address, page)) continue;
    const [next, from] = [new URL(address, page), new URL(page)];
    if (next.host === from.host) next.protocol = from.protocol;
    return next.href;
  }
  return undefined;
}
