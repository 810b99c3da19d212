import { z } from 'zod';
import type { Column } from './ags.ts';
import type { LtijsWorld } from './ltijs.ts';
import { readPages, type Listed } from './pages.ts';
import { resultsQuery } from './quirks.ts';
import { scopes } from './scopes.ts';
import { below } from './service.ts';

/** What stands in a gradebook's cell (AGS 2.0 §3.3). No points: nothing does. */
export type Result = { userId: string; points?: number; maximum?: number; comment?: string };

/** A number, or one in a text; anything else is none. */
const perhapsNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined);

const results = z.array(
  z
    .object({
      userId: z.union([z.string(), z.number()]).transform(String),
      resultScore: perhapsNumber,
      resultMaximum: perhapsNumber,
      comment: z.string().nullish().catch(undefined),
    })
    .transform(({ userId, resultScore, resultMaximum, comment }): Result => {
      const given = { points: resultScore, maximum: resultMaximum, comment: comment || undefined };
      return { userId, ...given };
    }),
);

/** May this column be read? */
export function showsResults({ granted }: Pick<Column, 'granted'>): boolean {
  return granted?.includes(scopes.result) ?? false;
}

/** What stands in a column, of all learners or of one. `comments`: with what was written to it. */
export async function readResults(
  ctx: LtijsWorld,
  { platform, lineItem }: Column,
  of: { userId?: string; comments?: boolean } = {},
): Promise<Listed<Result>> {
  const url = below(lineItem, 'results', resultsQuery(platform.family, of));
  const accept = 'application/vnd.ims.lis.v2.resultcontainer+json';
  const listed = await readPages(
    ctx,
    platform,
    { url, scope: scopes.result, accept },
    (body) => results.safeParse(body).data,
  );
  if (!listed.ok || of.userId === undefined) return listed;
  // Not every platform knows the filter.
  return { ...listed, items: listed.items.filter(({ userId }) => userId === of.userId) };
}
