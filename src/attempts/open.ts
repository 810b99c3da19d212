import { randomInt } from 'node:crypto';
import type { Context } from '../context.ts';
import { findCourse } from '../packages/courses.ts';
import { newState, progressOf } from '../scorm/player.ts';
import { newId } from '../store/id.ts';
import { isDuplicate } from '../store/mongo.ts';
import { findTogether, insertTogether, listTogether } from '../store/together.ts';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { carriedBy } from './carried.ts';
import { definitionOf } from './definitions.ts';
import type { LearnerRecord } from './learner.model.ts';
import { leaveBehind } from './leaving.ts';
import type { LinkRecord } from './link.model.ts';
import { standOfAttempt } from './standing.ts';

export type Opening = {
  link: LinkRecord;
  learner: LearnerRecord;
  /** The learner was made for this opening, so has no attempts (learners.ts). */
  isNew?: boolean;
  /** The course's id. */
  course: string;
  graded: boolean;
  /** The course's version for new attempts, where that is known. */
  published?: string;
  /** The launch that is about to start (open-launch.ts): a new attempt is made as played by it. */
  first?: FirstLaunch;
};

/** The launch that a new attempt is made with: its id, and what stores it, while the attempt is stored. */
export type FirstLaunch = { id: string; store: (attempt: AttemptRecord) => Promise<void> };

/**
 * The learner's last attempt on a link, or the first one, on the version that is published now. An attempt stays on
 * its version; a preview follows the published one, for who looks at a course wants to see it as it is. Where a teacher allowed
 * another and the last is done, that is made now.
 */
export async function openAttempt(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  opening: Opening,
): Promise<AttemptRecord> {
  const { link, learner, course, graded, published } = opening;
  let { first, isNew = false } = opening;
  const mine = { link: link._id, learner: learner._id };
  for (;;) {
    // Read before we look for the attempt: one that is made in between has then taken this number, and ours is a duplicate.
    const numbered = isNew ? [] : await numbersOf(ctx, mine);
    isNew = false;
    const last = await lastOf(ctx, numbered, course, graded);
    const isNextDue = last !== undefined && (await isFollowed(ctx, last));
    const version =
      last && link.kind !== 'preview' && !isNextDue
        ? last.version
        : (published ?? (await publishedVersion(ctx, link, course)));
    if (last?.version === version && !isNextDue) return last;
    const { workspace } = link;
    const another = isNextDue ? last.another! - 1 : 0;
    if (isNextDue) await leaveBehind(ctx, last);
    const attempt = await addAttempt(
      ctx,
      { ...mine, workspace, course, graded, another },
      version,
      Math.max(0, ...numbered.map(({ number }) => number)) + 1,
      first,
    );
    // It has been stored, and stands for an attempt that was not.
    first = undefined;
    // Two tabs opened at once: one of them made the attempt, and both play it.
    if (attempt) return attempt;
  }
}

/** A teacher allowed another attempt, and this one is done. */
async function isFollowed(ctx: Pick<Context, 'db'>, attempt: AttemptRecord): Promise<boolean> {
  if (!attempt.another) return false;
  const stand = standOfAttempt(attempt, await definitionOf(ctx, attempt.version));
  return stand === 'finished' || stand === 'judged';
}

type Numbered = Pick<AttemptRecord, '_id' | 'number' | 'course' | 'graded'>;

/** A learner's attempts on a link, without what was done in them. */
function numbersOf(ctx: Pick<Context, 'db'>, mine: { link: string; learner: string }): Promise<Numbered[]> {
  return listTogether<AttemptRecord, keyof Numbered>(attempts(ctx.db), mine, [
    '_id',
    'number',
    'course',
    'graded',
  ]);
}

function lastOf(
  ctx: Pick<Context, 'db'>,
  numbered: Numbered[],
  course: string,
  graded: boolean,
): Promise<AttemptRecord | undefined> | undefined {
  const [last] = numbered
    .filter((one) => one.course === course && one.graded === graded)
    .toSorted((a, b) => b.number - a.number);
  return last && findTogether<AttemptRecord>(attempts(ctx.db), { _id: last._id });
}

/** Whose attempt it is, and of what. */
type Place = Pick<AttemptRecord, 'workspace' | 'link' | 'learner' | 'course' | 'graded' | 'another'>;

/** One more attempt of this number, with nothing done; undefined where the number is taken (the index on it is unique). */
export async function addAttempt(
  ctx: Pick<Context, 'db' | 'now'>,
  place: Place,
  version: string,
  number: number,
  first?: FirstLaunch,
): Promise<AttemptRecord | undefined> {
  const attempt = await newAttempt(ctx, place, version, number, first?.id);
  try {
    await Promise.all([insertTogether(attempts(ctx.db), attempt), first?.store(attempt)]);
    return attempt;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return undefined;
  }
}

/** The attempt of this id in a workspace. */
export async function findAttempt(
  ctx: Pick<Context, 'db'>,
  workspace: string,
  id: string,
): Promise<AttemptRecord | undefined> {
  return (await attempts(ctx.db).findOne({ _id: id, workspace }).lean<AttemptRecord>()) ?? undefined;
}

/** A learner's last attempt on a link, if there is one. */
export async function attemptFor(
  ctx: Pick<Context, 'db'>,
  link: string,
  learner: string,
): Promise<AttemptRecord | undefined> {
  return newest(ctx, { link, learner });
}

/** The learner's last attempt where this one is: on the same link and course, graded or not as it is. */
export async function latestOf(ctx: Pick<Context, 'db'>, attempt: AttemptRecord): Promise<AttemptRecord> {
  const { link, learner, course, graded } = attempt;
  return (await newest(ctx, { link, learner, course, graded })) ?? attempt;
}

async function newest(
  ctx: Pick<Context, 'db'>,
  mine: Pick<AttemptRecord, 'link' | 'learner'> & Partial<AttemptRecord>,
): Promise<AttemptRecord | undefined> {
  return (await attempts(ctx.db).findOne(mine).sort({ number: -1 }).lean<AttemptRecord>()) ?? undefined;
}

async function publishedVersion(ctx: Pick<Context, 'db'>, link: LinkRecord, course: string): Promise<string> {
  const found = await findCourse(ctx, link.workspace, course);
  if (!found) throw new NotFound(t('packages.course'));
  return found.published;
}

async function newAttempt(
  ctx: Pick<Context, 'db' | 'now'>,
  { workspace, link, learner, course, graded, another = 0 }: Place,
  version: string,
  number: number,
  launch: string | undefined,
): Promise<AttemptRecord> {
  const definition = await definitionOf(ctx, version);
  // A preview leaves nothing, and brings nothing.
  const carried = graded ? await carriedBy(ctx, learner, definition) : undefined;
  const state = newState(definition, randomInt(2 ** 32), carried);
  return {
    _id: newId('att'),
    workspace,
    link,
    learner,
    course,
    version,
    number,
    graded,
    state: JSON.stringify(state),
    revision: 0,
    ...(launch ? { launch } : {}),
    ...(another > 0 ? { another } : {}),
    seq: 0,
    progress: progressOf(definition, state),
    startedAt: ctx.now(),
    savedAt: ctx.now(),
  };
}
