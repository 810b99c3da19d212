import { findOriginal, type Copied } from '../attempts/copied.ts';
import type { LinkRecord, LinkRules } from '../attempts/link.model.ts';
import { findOrCreateLink } from '../attempts/links.ts';
import { keyOfLearner, meetLearner } from '../attempts/learners.ts';
import { openLaunch } from '../attempts/open-launch.ts';
import type { Context } from '../context.ts';
import { lmsOf } from '../lti/lms-name.ts';
import { familyName } from '../lti/quirks.ts';
import { checkStillTrusted, type Launch } from '../lti/verify-launch.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { findCourse } from '../packages/courses.ts';
import { AppError } from '../web/errors.ts';
import { contentOrigin } from '../web/origins.ts';
import { t } from '../web/text.ts';

type World = Pick<Context, 'db' | 'now' | 'config' | 'log'>;

/** What a verified launch of a link comes to: the player's address, with the launch's token in the fragment, or the link itself. */
export type Opened = { address: string } | { teaches: LinkRecord };

/** Learners go to the course, whoever may only look gets a preview of it, and who teaches sees how the link is doing. */
export async function openLink(ctx: World, launch: Launch): Promise<Opened> {
  const course = await courseOf(ctx, launch);
  if (launch.role === 'instructor') return { teaches: await linkOf(ctx, launch, course) };
  const open = isGraded(launch) ? openForLearner : openPreview;
  return { address: await open(ctx, launch, course) };
}

/** The same course, to look at: an attempt of its own that nobody grades, on a link of its own. */
export async function openPreview(
  ctx: World,
  who: Pick<Launch, 'workspace' | 'platform' | 'deployment' | 'timesOff' | 'user' | 'returnUrl'>,
  course: CourseRecord,
): Promise<string> {
  const met = await meet(ctx, who);
  const link = await findOrCreateLink(ctx, {
    workspace: who.workspace,
    kind: 'preview',
    key: `preview:${course._id}:${met.learner._id}`,
    course: course._id,
    title: course.title,
  });
  return play(ctx, who, { ...met, link, course: course._id, published: course.published, graded: false });
}

async function openForLearner(ctx: World, launch: Launch, course: CourseRecord): Promise<string> {
  const [met, link] = await Promise.all([meet(ctx, launch), linkOf(ctx, launch, course)]);
  return play(ctx, launch, { ...met, link, course: course._id, published: course.published, graded: true });
}

/** The link that was launched, with what the platform says of it now. */
function linkOf(ctx: World, launch: Launch, course: CourseRecord): Promise<LinkRecord> {
  const { workspace, deployment, context, services } = launch;
  const facts = {
    workspace,
    kind: 'lti' as const,
    key: `lti:${deployment._id}:${context?.id ?? ''}:${launch.link!.id}`,
    course: course._id,
    title: launch.link!.title || course.title,
    deployment: deployment._id,
    resourceLink: launch.link!.id,
    context,
    lineItem: services.lineItem,
    lineItems: services.lineItems,
    memberships: services.memberships,
    scopes: services.scopes,
    ...pickedFor(launch.custom),
  };
  return findOrCreateLink(ctx, facts, () => findOriginal(ctx, copiedOf(launch), course._id));
}

/** It was picked with points (content-items.ts): those are the link's, and it is to have a column. */
function pickedFor(custom: Launch['custom']): { wantsColumn?: true; rules?: LinkRules } {
  const points = Number(custom.points);
  if (!(points > 0 && points <= 1e6)) return {};
  return { wantsColumn: true, rules: { counts: 'score', keep: 'best', points } };
}

/** Only a learner's work counts. Test users and guests see the course and leave nothing in the gradebook. */
function isGraded(launch: Launch): boolean {
  return launch.role === 'learner' && !launch.testUser;
}

function meet(ctx: World, { workspace, platform, user }: Pick<Launch, 'workspace' | 'platform' | 'user'>) {
  return meetLearner(ctx, {
    workspace,
    key: keyOfLearner(platform._id, user.sub),
    sub: user.sub,
    name: user.name,
    email: user.email,
  });
}

async function play(
  ctx: World,
  who: Pick<Launch, 'platform' | 'deployment' | 'timesOff' | 'returnUrl'>,
  what: Parameters<typeof openLaunch>[1],
): Promise<string> {
  const { platform, deployment, returnUrl } = who;
  const platformName = lmsOf(platform);
  const wish = { mode: 'normal' as const, returnUrl, platformName, deployment: deployment._id };
  const { attempt, token } = await openLaunch(ctx, what, wish);
  // Who switches a connection off stops the launches there are: of one that was just being made, nobody gets the token.
  await checkStillTrusted(ctx, who);
  return `${contentOrigin(ctx.config, attempt.version)}/play#${token}`;
}

/**
 * Which course it is says only what the platform signed: the link's `course` parameter, or its target address; or else, in a
 * copy that has lost both, the link that it was copied from.
 */
async function courseOf(ctx: World, launch: Launch): Promise<CourseRecord> {
  const id =
    launch.custom.course ||
    (launch.targetLinkUri && new URL(launch.targetLinkUri).searchParams.get('course')) ||
    (await findOriginal(ctx, copiedOf(launch)))?.course;
  if (!id) throw refusal(launch, 'noCourse');
  const course = await findCourse(ctx, launch.workspace, id);
  if (!course) throw refusal(launch, 'courseGone');
  return course;
}

function copiedOf({ deployment, link, context, history }: Launch): Copied {
  return { deployment: deployment._id, resourceLink: link!.id, context: context?.id, history };
}

function refusal({ role, platform }: Launch, what: 'noCourse' | 'courseGone'): AppError {
  const reader = role === 'instructor' ? 'instructor' : 'learner';
  const name = familyName(platform.family) ?? 'your LMS';
  return new AppError(404, what === 'noCourse' ? 'no-course' : 'course-gone', t(`launch.${what}.title`), {
    detail: t(`launch.${what}.${reader}`, { name }),
  });
}
