import type { Context } from '../context.ts';
import type { PlatformFamily } from '../lti/platform.model.ts';
import { findDeployment, findPlatform } from '../lti/platforms.ts';
import { callsAtOnce, progressFor } from '../lti/quirks.ts';
import { scopes as lti } from '../lti/scopes.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { enqueueIfUnchanged, findByKey } from '../outbox/enqueue.ts';
import {
  exactShareOf,
  gradeOf,
  isAnother,
  isFinal,
  isWorthSending,
  type Emptied,
  type Grade,
} from './grade.ts';
import { queueColumn } from './column.ts';
import { withOurs } from './override.ts';
import type { Rules, Standing } from './score.ts';

/**
 * Milliseconds after the first, second, third … score within a minute of one learner in one column: at least one second,
 * because Moodle keeps whole seconds and refuses an equal one; more where the score keeps changing, so that ten changes
 * are a few scores, the last one right.
 */
const spacing = [1_000, 1_000, 15_000, 30_000];
/** Milliseconds that news wait which are no grade yet: mostly the next is on its way already. */
const patience = 15_000;

/** The parts of attempts' records that a grade is made of. */
export type GradedLink = {
  _id: string;
  workspace: string;
  kind: string;
  course: string;
  rules: Rules;
  title: string;
  deployment?: string;
  resourceLink?: string;
  lineItem?: string;
  lineItems?: string;
  wantsColumn?: boolean;
  scopes?: string[];
};
export type GradedLearner = { _id: string; sub: string };
export type GradedAttempt = { _id: string; number: number; graded: boolean; revision: number };

/** The body of a delivery of kind `grade`. */
export type GradeBody = {
  platform: string;
  lineItem: string;
  scopes: string[];
  userId: string;
  /** In the link's points. */
  grade: Grade | Emptied;
  /** The same from 0 to 1, unrounded: the column may have other points. */
  share?: number;
  /** Every share that was ever to be sent under this key, the newest last: what else stands in the gradebook is a teacher's. */
  ours: number[];
  /** What becomes of a teacher's grade (the link's rule). */
  override: 'keep' | 'replace';
  /** When the learner got this far, ISO 8601: what AGS calls the score's timestamp. */
  timestamp: string;
  /** A final grade has arrived under this key before: to a platform that counts submissions this one is none. */
  again: boolean;
  /** What it was decided by, so that an older commit that comes late changes nothing. */
  attempt: string;
  attemptRevision: number;
};

type Graded = {
  link: GradedLink;
  learner: GradedLearner;
  attempt: GradedAttempt;
  /** `attempt`'s. */
  progress: Standing;
  /** That of the learner's other graded attempts on this link, oldest first. */
  others?: Standing[];
  /** So many of them are older than this one; absent: all that its number says. */
  older?: number;
};

/**
 * Tells the link's platform what the learner's attempts come to, through the outbox; does nothing where there is
 * nothing to tell: a preview, a link without a column or without leave to write scores, no change. `anew`: the rules have changed, or
 * what was done is no more: whatever the grade is now takes the place of what it was (reckon.ts). `again`: though it is the same.
 */
export async function queueGrade(
  ctx: Pick<Context, 'db' | 'now'>,
  graded: Graded,
  { anew = false, again = false } = {},
): Promise<void> {
  const { link, learner, attempt } = graded;
  if (!attempt.graded) return;
  if (!link.lineItem) return queueColumn(ctx, link);
  const column = await columnOf(ctx, link, learner);
  const family = column && ((await findPlatform(ctx, column.platform))?.family ?? 'other');
  const grade = family && toTell(family, gradeOf(allAttempts(graded), link.rules));
  if (!column || !grade) return;
  const { platform } = column;
  const key = keyOf(column, learner);
  const about = { attempt: attempt._id, link: link._id, learner: learner._id, course: link.course, platform };
  const toSend = {
    workspace: link.workspace,
    kind: 'grade',
    key,
    lane: platform,
    about,
    spacing,
    atOnce: callsAtOnce(family),
    after: isFinal(grade) ? 0 : patience,
  };
  for (let isDone = false; !isDone;) {
    const row = await findByKey(ctx, 'grade', key);
    if (row && !again && !isNews(row, grade, graded, anew)) return;
    const body: GradeBody = { ...column, userId: learner.sub, ...bodyOf(ctx, grade, graded, row) };
    // Whoever was quicker has changed what was decided by: look again.
    isDone = (await enqueueIfUnchanged(ctx, { ...toSend, body }, row)) !== undefined;
  }
}

function bodyOf(
  ctx: Pick<Context, 'now'>,
  grade: Grade,
  graded: Graded,
  row: DeliveryRecord | undefined,
): Omit<GradeBody, 'platform' | 'lineItem' | 'scopes' | 'userId'> {
  const { attempt, link } = graded;
  const before = row?.body as GradeBody | undefined;
  const share = isFinal(grade) ? exactShareOf(allAttempts(graded), link.rules) : undefined;
  const ours = oursIn(grade, before);
  return {
    grade,
    share,
    ours: share === undefined ? ours : withOurs(ours, share),
    override: link.rules.override ?? 'keep',
    timestamp: timeAfter(row, ctx.now()).toISOString(),
    again: row !== undefined && hasArrived(row),
    attempt: attempt._id,
    attemptRevision: attempt.revision,
  };
}

/**
 * What we ever meant to send under the key. Where the column has other points since, not every platform has recalculated what stands in it:
 * those points are ours, too.
 */
function oursIn({ scoreMaximum: points }: Grade, before: GradeBody | undefined): number[] {
  const { ours = [], grade } = before ?? {};
  const was = grade?.scoreMaximum;
  if (!points || !was || was === points) return ours;
  return ours.map((one) => (one * was) / points).reduce(withOurs, ours);
}

/** Now, but should the clock have been set back, no earlier than before, and a second after what may have been sent. */
export function timeAfter(row: DeliveryRecord | undefined, now: Date): Date {
  if (!row) return now;
  const before = Date.parse((row.body as GradeBody).timestamp);
  return new Date(Math.max(now.getTime(), before + (row.tries > 0 ? 1000 : 0)));
}

/** What this platform is told of it, if anything. */
function toTell(family: PlatformFamily, grade: Grade | undefined): Grade | undefined {
  if (!grade || isFinal(grade)) return grade;
  const { activityProgress, gradingProgress } = grade;
  if (gradingProgress === 'FullyGraded') return grade;
  const progress = progressFor(family, { activityProgress, gradingProgress });
  return progress && { ...grade, ...progress };
}

/** Where a learner's grade is to stand, if it may be sent. */
export async function columnOf(ctx: Pick<Context, 'db'>, link: GradedLink, learner: GradedLearner) {
  return learner.sub ? columnIn(ctx, link) : undefined;
}

/** Where the grades of a link are to stand, if they may be sent. */
export async function columnIn(ctx: Pick<Context, 'db'>, link: GradedLink) {
  const { kind, deployment, lineItem, scopes } = link;
  if (kind !== 'lti') return undefined;
  if (!deployment || !lineItem || !scopes?.includes(lti.score)) return undefined;
  const platform = (await findDeployment(ctx, deployment))?.platform;
  return platform === undefined ? undefined : { platform, lineItem, scopes };
}

/** The key of its delivery. */
export function keyOf(column: { platform: string; lineItem: string }, learner: GradedLearner): string {
  return `${column.platform}:${column.lineItem}:${learner._id}`;
}

function allAttempts({ attempt, progress, others = [], older = attempt.number - 1 }: Graded): Standing[] {
  return others.toSpliced(older, 0, progress);
}

function isNews(row: DeliveryRecord, grade: Grade, { attempt, link }: Graded, anew: boolean): boolean {
  const before = row.body as GradeBody;
  if (before.attempt === attempt._id && before.attemptRevision > attempt.revision) return false;
  // A teacher's grade stood there and was kept; now ours is to take its place.
  if (row.mark === 'kept' && before.override === 'keep' && link.rules.override === 'replace') return true;
  return anew ? isAnother(grade, before.grade) : isWorthSending(grade, before.grade, link.rules);
}

/** Has a final grade arrived under its key? */
export function hasArrived({ body, status }: DeliveryRecord): boolean {
  const { grade, again } = body as GradeBody;
  return again || (isFinal(grade) && status === 'delivered');
}
