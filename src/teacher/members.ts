import type { LinkRecord } from '../attempts/link.model.ts';
import type { Context } from '../context.ts';
import type { LtijsWorld } from '../lti/ltijs.ts';
import { readMembers, type Member, type Members } from '../lti/nrps.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';

type World = LtijsWorld & Pick<Context, 'now'>;
type Where = Pick<LinkRecord, '_id' | 'memberships' | 'resourceLink'>;

/**
 * Who is in the course, as far as the LMS says. `why` it is not everybody: it tells no tool (`untold`), it refused or could
 * not be reached (`refused`), it has not answered yet (`slow`), it broke off (`partial`).
 */
export type ClassList = { members: Member[]; why?: 'untold' | 'refused' | 'slow' | 'partial' };

/** A page that waits longer is a page that does not open. Milliseconds. */
const patience = 5_000;
/** For so long a list is good for the next pages of the same link, and an answer that was none. */
const keeps = { list: 5 * 60_000, failure: 30_000 };
const mostKept = 200;

type Reading = { from: number; url: string; list: Promise<Members>; answer?: Members };

/**
 * What an LMS has just said, in this process's memory and nowhere else: a teacher who searches through 2,000 names must not
 * have them read forty pages long for every letter.
 */
const readings = new WeakMap<Context['db'], Map<string, Reading>>();

/** Who is in the course of a link; what takes longer than we wait goes on, and is there for the next page. */
export async function classListOf(
  ctx: World,
  platform: PlatformRecord,
  link: Where,
  { wait = patience, again = false } = {},
): Promise<ClassList> {
  if (!link.memberships) return { members: [], why: 'untold' };
  const reading = readingOf(ctx, platform, { ...link, memberships: link.memberships }, again);
  const answer = reading.answer ?? (await within(wait, reading.list));
  if (!answer) return { members: [], why: 'slow' };
  if (!answer.ok) return { members: [], why: 'refused' };
  return { members: answer.members, ...(answer.fault && { why: 'partial' }) };
}

function readingOf(
  ctx: World,
  platform: PlatformRecord,
  { _id, memberships: url, resourceLink }: Where & { memberships: string },
  again: boolean,
): Reading {
  const known = readings.get(ctx.db) ?? new Map<string, Reading>();
  readings.set(ctx.db, known);
  const found = known.get(_id);
  if (found && found.url === url && isFresh(found, ctx.now().getTime(), again)) return found;
  const failed = (error: unknown): Members => ({ ok: false, text: String(error), retry: true });
  const list = readMembers(ctx, platform, url, { link: resourceLink }).catch(failed);
  const reading: Reading = { from: ctx.now().getTime(), url, list };
  void list.then((answer) => (reading.answer = answer));
  known.delete(_id);
  known.set(_id, reading);
  for (const oldest of known.keys()) {
    if (known.size <= mostKept) break;
    known.delete(oldest);
  }
  return reading;
}

/** One that is under way is waited for, not begun once more. */
function isFresh({ from, answer }: Reading, now: number, again: boolean): boolean {
  if (!answer) return now - from < keeps.list;
  if (again) return false;
  return now - from < (answer.ok && !answer.fault ? keeps.list : keeps.failure);
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: enough, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, milliseconds);
  try {
    return await Promise.race([promise, enough]);
  } finally {
    clearTimeout(timer);
  }
}
