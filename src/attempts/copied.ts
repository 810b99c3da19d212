import type { Context } from '../context.ts';
import { links, type LinkRecord } from './link.model.ts';

/** Where a link stands in an LMS, and what its platform says it was copied from, the nearest first. */
export type Copied = {
  deployment: string;
  resourceLink: string;
  context?: string;
  history: { links: string[]; contexts: string[] };
};

type Place = Pick<LinkRecord, 'resourceLink' | 'context' | 'createdAt'>;

/**
 * The link that one was copied from, or that link itself where it has been opened before: of one deployment, whose ids are
 * nobody else's. With `course`, only a link of that. Undefined where its platform names none, or none that was ever opened.
 */
export async function findOriginal(
  ctx: Pick<Context, 'db'>,
  copied: Copied,
  course?: string,
): Promise<LinkRecord | undefined> {
  const { deployment, resourceLink, history } = copied;
  const ids = [...history.links, ...(history.contexts.length > 0 ? [resourceLink] : [])];
  if (ids.length === 0) return undefined;
  const known = await links(ctx.db)
    .find({
      kind: 'lti',
      deployment,
      resourceLink: { $in: [...ids, resourceLink] },
      ...(course ? { course } : {}),
    })
    .sort({ createdAt: -1 })
    .limit(1000)
    .lean<LinkRecord[]>();
  return nearest(known, copied);
}

/**
 * Of links by these ids the nearest: itself, then what its history names, the newest copy first, at last one that kept its
 * id in a course that was copied. An id that is there in several courses means the one in this course, or in the
 * nearest that it was copied from; if it is in none of them, nobody can say which.
 */
export function nearest<T extends Place>(
  known: T[],
  { resourceLink, context, history }: Copied,
): T | undefined {
  const contexts = [context, ...history.contexts];
  const within = (id: string, from: (string | undefined)[]) => {
    const there = known.filter((one) => one.resourceLink === id);
    return from
      .map((context) => there.find((one) => one.context?.id === context))
      .find((one) => one !== undefined);
  };
  const anywhere = (id: string) => {
    const there = known.filter((one) => one.resourceLink === id);
    return there.length === 1 ? there[0] : undefined;
  };
  return (
    within(resourceLink, [context]) ??
    history.links
      .map((id) => within(id, contexts) ?? (id === resourceLink ? undefined : anywhere(id)))
      .find((one) => one !== undefined) ??
    within(resourceLink, history.contexts)
  );
}
