import type { Model, ProjectionType, QueryFilter } from 'mongoose';

/** Where a list goes on. The answer's `nextCursor` is the next call's `cursor`; it is absent on the last page. */
export type Page = { limit: number; cursor?: string };

/** A cursor that no list gave. The door answers 400. */
export class BadCursor extends Error {
  override name = 'BadCursor';
  readonly status = 400;
  readonly type = 'bad-cursor';
}

/**
 * One page of a collection, the newest first by the date in `time`, then by `_id`: what is added meanwhile shifts
 * nothing. Wants an index that ends in `{ [time]: -1, _id: -1 }`.
 */
export async function newestFirst<T extends { _id: string }, K extends keyof T & string>(
  model: Model<T>,
  time: K,
  filter: QueryFilter<T>,
  { limit, cursor }: Page,
  projection: ProjectionType<T> = {},
): Promise<{ rows: T[]; nextCursor?: string }> {
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const found = await model
    .find(
      after
        ? ({
            $and: [
              filter,
              { $or: [{ [time]: { $lt: after.at } }, { [time]: after.at, _id: { $lt: after.id } }] },
            ],
          } as QueryFilter<T>)
        : filter,
      projection,
    )
    .sort({ [time]: -1, _id: -1 })
    .limit(limit + 1)
    .lean<T[]>();
  const last = found[limit - 1];
  const more = found.length > limit && last;
  return {
    rows: found.slice(0, limit),
    nextCursor: more ? cursorOf(last[time] as Date, last._id) : undefined,
  };
}

function cursorOf(at: Date, id: string): string {
  return Buffer.from(`${at.toISOString()} ${id}`).toString('base64url');
}

function readCursor(cursor: string): { at: Date; id: string } {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !/^[a-z0-9_]+$/.test(id)) throw new BadCursor(cursor.slice(0, 100));
  return { at, id };
}
