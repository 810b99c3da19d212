import type { Context } from '../context.ts';
import { versions, type VersionRecord } from '../packages/course.model.ts';
import { newestFirst, type Page } from '../store/newest-first.ts';
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

export type AttemptQuery = Page & {
  course?: string;
  link?: string;
  learner?: string;
  /** Only attempts that count, or only previews. */
  graded?: boolean;
};

/** The attempts of a workspace, the newest first, with everything one shows beside them. */
export async function listAttempts(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  query: AttemptQuery,
): Promise<{ attempts: AttemptRow[]; nextCursor?: string }> {
  const { limit, cursor, ...wanted } = query;
  const filter = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  const page = { limit, cursor };
  const { rows, nextCursor } = await newestFirst(
    attempts(ctx.db),
    'startedAt',
    { workspace, ...filter },
    page,
    { state: 0 },
  );
  return { attempts: await withOthers(ctx, rows), nextCursor };
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
