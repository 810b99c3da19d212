import type { Context } from '../context.ts';
import { versions, type VersionRecord } from '../packages/course.model.ts';
import { Invalid } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { learners, type LearnerRecord } from './learner.model.ts';
import { links, type LinkRecord } from './link.model.ts';

export type AttemptRow = {
  /** Without its state, which may be large. */
  attempt: Omit<AttemptRecord, 'state'>;
  learner: LearnerRecord;
  /** Without its definition. */
  version: Omit<VersionRecord, 'definition'>;
  link: LinkRecord;
};

export type AttemptQuery = {
  course?: string;
  link?: string;
  learner?: string;
  /** Only attempts that count, or only previews. */
  graded?: boolean;
  limit: number;
  cursor?: string;
};

/** The attempts of a workspace, the newest first, with everything one shows beside them. */
export async function listAttempts(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  query: AttemptQuery,
): Promise<{ attempts: AttemptRow[]; nextCursor?: string }> {
  const { limit, cursor, course, link, learner, graded } = query;
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const found = await attempts(ctx.db)
    .find(
      {
        workspace,
        ...(course === undefined ? {} : { course }),
        ...(link === undefined ? {} : { link }),
        ...(learner === undefined ? {} : { learner }),
        ...(graded === undefined ? {} : { graded }),
        ...(after
          ? {
              $or: [
                { startedAt: { $lt: after.startedAt } },
                { startedAt: after.startedAt, _id: { $lt: after.id } },
              ],
            }
          : {}),
      },
      { state: 0 },
    )
    .sort({ startedAt: -1, _id: -1 })
    .limit(limit + 1)
    .lean<AttemptRow['attempt'][]>();
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    attempts: await withOthers(ctx, page),
    nextCursor: found.length > limit && last ? cursorOf(last) : undefined,
  };
}

async function withOthers(ctx: Pick<Context, 'db'>, page: AttemptRow['attempt'][]): Promise<AttemptRow[]> {
  const ids = (of: (attempt: AttemptRow['attempt']) => string) => ({
    _id: { $in: [...new Set(page.map(of))] },
  });
  const [who, which, where] = await Promise.all([
    learners(ctx.db)
      .find(ids((attempt) => attempt.learner))
      .lean<LearnerRecord[]>(),
    versions(ctx.db)
      .find(
        ids((attempt) => attempt.version),
        { definition: 0 },
      )
      .lean<AttemptRow['version'][]>(),
    links(ctx.db)
      .find(ids((attempt) => attempt.link))
      .lean<LinkRecord[]>(),
  ]);
  const [learnerOf, versionOf, linkOf] = [byId(who), byId(which), byId(where)];
  return page.flatMap((attempt) => {
    const [learner, version, link] = [
      learnerOf.get(attempt.learner),
      versionOf.get(attempt.version),
      linkOf.get(attempt.link),
    ];
    // Something was removed between two reads.
    return learner && version && link ? [{ attempt, learner, version, link }] : [];
  });
}

function byId<T extends { _id: string }>(records: T[]): Map<string, T> {
  return new Map(records.map((record) => [record._id, record]));
}

function cursorOf({ startedAt, _id }: AttemptRow['attempt']): string {
  return Buffer.from(`${startedAt.toISOString()} ${_id}`).toString('base64url');
}

function readCursor(cursor: string): { startedAt: Date; id: string } {
  const [time = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  const startedAt = new Date(time);
  if (Number.isNaN(startedAt.getTime()) || !/^[a-z0-9_]+$/.test(id))
    throw new Invalid('bad-cursor', t('attempts.cursor'));
  return { startedAt, id };
}
