import type { Context } from '../context.ts';
import type { Visit } from './visits.ts';

/** What a file of a link's page is called: the link, what is in it, and the day. */
export function fileNameOf(ctx: Pick<Context, 'now'>, { link, course }: Visit, what = ''): string {
  const title = (link.title || course.title).replace(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60);
  const day = ctx.now().toISOString().slice(0, 10);
  return `${[title, what, day].filter(Boolean).join('-')}.csv`;
}
