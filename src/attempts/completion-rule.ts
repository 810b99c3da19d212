import type { Context } from '../context.ts';
import { courses, type CourseRecord } from '../packages/course.model.ts';
import { findAnyCourse } from '../packages/courses.ts';
import { setPlayRules } from '../packages/describe.ts';
import { playRulesOf, type PlayRules } from '../packages/play-rules.ts';
import type { CompletionRule } from '../scorm/completion.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { findLink } from './links.ts';
import { links, type LinkRecord } from './link.model.ts';

// An attempt keeps the rule that holds for it, so that a commit need not look for it. It is taken from link and course
// when the attempt is opened, and when a rule changes. A completed attempt keeps the rule it was completed by: what a
// learner has is never taken away by a change of mind.

/** The rule that holds for an attempt that is being opened: its link's, else its course's. */
export async function takeRule(
  ctx: Pick<Context, 'db'>,
  attempt: AttemptRecord,
): Promise<CompletionRule | undefined> {
  if (attempt.progress.completion === 'completed') return attempt.completion;
  const [course, link] = await Promise.all([findAnyCourse(ctx, attempt.course), findLink(ctx, attempt.link)]);
  const { completion } = playRulesOf(course ?? {}, link);
  if (isSame(completion, attempt.completion ?? { by: 'course' })) return attempt.completion;
  await attempts(ctx.db).updateOne({ _id: attempt._id, ...notCompleted }, change(completion));
  return completion;
}

/** Sets how a course is played, for the attempts under way on it too. */
export async function changePlayRules(
  ctx: Pick<Context, 'db' | 'now'>,
  workspace: string,
  course: string,
  rules: Partial<PlayRules>,
): Promise<CourseRecord> {
  const changed = await setPlayRules(ctx, workspace, course, rules);
  if (rules.completion) await spreadRule(ctx, course, rules.completion);
  return changed;
}

/** A course's rule has changed: so have those of the attempts under way on it, but where a link has its own. */
export async function spreadRule(
  ctx: Pick<Context, 'db'>,
  course: string,
  rule: CompletionRule,
): Promise<void> {
  const own = await links(ctx.db).distinct('_id', { course, 'play.completion': { $exists: true } });
  await attempts(ctx.db).updateMany({ course, link: { $nin: own }, ...notCompleted }, change(rule));
}

/** The same of a link that has a rule of its own, or has it no more. */
export async function spreadRuleOfLink(ctx: Pick<Context, 'db'>, link: LinkRecord): Promise<void> {
  const course = await courses(ctx.db).findOne({ _id: link.course }).lean<CourseRecord>();
  const { completion } = playRulesOf(course ?? {}, link);
  const here = { course: link.course, link: link._id, ...notCompleted };
  await attempts(ctx.db).updateMany(here, change(completion));
}

const notCompleted = { 'progress.completion': { $ne: 'completed' as const } };

function change(rule: CompletionRule) {
  return rule.by === 'course' ? { $unset: { completion: 1 as const } } : { $set: { completion: rule } };
}

function isSame(a: CompletionRule, b: CompletionRule): boolean {
  const text = ({ by, ...more }: CompletionRule) => JSON.stringify([by, ...Object.values(more)]);
  return text(a) === text(b);
}
