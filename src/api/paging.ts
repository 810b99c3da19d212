import { z } from 'zod';

/** `?limit=&cursor=` of every list; the answer is `{ data, nextCursor }`, nextCursor null on the last page. */
export const paging = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});
