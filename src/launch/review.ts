import { findLearnerBy, getLearner, keyOfLearner } from '../attempts/learners.ts';
import type { LearnerRecord } from '../attempts/learner.model.ts';
import type { LinkRecord } from '../attempts/link.model.ts';
import { findLink, linksAt } from '../attempts/links.ts';
import { findAttempt } from '../attempts/open.ts';
import { attemptsOn, type AttemptSummary } from '../attempts/of-link.ts';
import type { AttemptRecord } from '../attempts/attempt.model.ts';
import type { Context } from '../context.ts';
import { issue, look } from '../lti/one-time.ts';
import { checkStillTrusted, type Launch } from '../lti/verify-launch.ts';
import { AppError, Forbidden } from '../web/errors.ts';
import { t } from '../web/text.ts';

type World = Pick<Context, 'db' | 'now'>;

/** A page that looks at somebody's work is good for an hour. */
const reviewSeconds = 3600;

/** Who looks at whose work, and where: what the token in the page's forms stands for. Nothing else can be asked for with it. */
export type Review = Pick<Launch, 'workspace' | 'platform' | 'deployment' | 'timesOff'> & {
  viewer: 'teacher' | 'learner';
  link: string;
  learner: string;
};

/** What a launch asks to see: an attempt, or all that a learner has done here, which may be nothing. */
export type Asked = { link: LinkRecord; learner: LearnerRecord; attempt?: string };

/** Does this launch, by what the platform signed, want to see an attempt? A score on a Canvas names one (lti/quirks.ts). */
export function namesAttempt({ message, targetLinkUri }: Launch): boolean {
  return message === 'resource' && attemptIn(targetLinkUri) !== undefined;
}

/** What is to be seen, once it is clear that it may be. Undefined: nobody has done anything there. */
export async function findAsked(ctx: World, launch: Launch): Promise<Asked | undefined> {
  return launch.message === 'submission-review' ? findByLearner(ctx, launch) : findByAttempt(ctx, launch);
}

/** The token for the forms of a page that shows this. */
export async function openReview(ctx: World, launch: Launch, { link, learner }: Asked): Promise<string> {
  const { workspace, platform, deployment, timesOff } = launch;
  const viewer = viewerOf(launch, learner.sub);
  const from = { workspace, platform, deployment, timesOff };
  const review: Review = { ...from, viewer, link: link._id, learner: learner._id };
  return issue(ctx, 'review', review, reviewSeconds);
}

/** What a token stands for, as long as it holds and its LMS has not been switched off. */
export async function takeReview(ctx: World, ticket: string): Promise<Review> {
  const review = await look<Review>(ctx, 'review', ticket);
  if (!review)
    throw new AppError(410, 'review-over', t('launch.review.over'), {
      detail: t('launch.review.over.detail'),
    });
  await checkStillTrusted(ctx, review);
  return review;
}

/** The learner's attempts that count on the link, the first one first. */
export function attemptsIn(ctx: World, { link, learner }: Review): Promise<AttemptSummary[]> {
  return attemptsOn(ctx, link, learner);
}

/** One of them. */
export async function getReviewed(
  ctx: World,
  { workspace, link, learner }: Review,
  id: string,
): Promise<AttemptRecord> {
  const attempt = await findAttempt(ctx, workspace, id);
  if (!attempt?.graded || attempt.link !== link || attempt.learner !== learner) throw noAttempt();
  return attempt;
}

/** LTI Submission Review: the learner is named, and the column or the link. */
async function findByLearner(ctx: World, launch: Launch): Promise<Asked | undefined> {
  const { workspace, platform, forUser } = launch;
  viewerOf(launch, forUser!);
  const [link, learner] = await Promise.all([
    findPlaced(ctx, launch),
    findLearnerBy(ctx, { workspace, key: keyOfLearner(platform._id, forUser!) }),
  ]);
  return link && learner && { link, learner };
}

/** By the link's id; where the platform gives none, by its column. Of several the one in this course of the LMS. */
async function findPlaced(ctx: World, launch: Launch): Promise<LinkRecord | undefined> {
  const { deployment, link, context, services } = launch;
  const there = link
    ? await linksAt(ctx, deployment._id, { resourceLink: link.id })
    : services.lineItem
      ? await linksAt(ctx, deployment._id, { lineItem: services.lineItem })
      : [];
  if (context) return there.find((one) => one.context?.id === context.id);
  return there.length === 1 ? there[0] : undefined;
}

/** An attempt of this deployment, in this course of the LMS. Whatever is wrong with it, there is none. */
async function findByAttempt(ctx: World, launch: Launch): Promise<Asked> {
  const { workspace, deployment, context, targetLinkUri } = launch;
  const attempt = await findAttempt(ctx, workspace, attemptIn(targetLinkUri)!);
  const link = attempt?.graded ? await findLink(ctx, attempt.link) : undefined;
  const isHere = link?.deployment === deployment._id && link.context?.id === context?.id;
  if (!attempt || !link || !isHere) throw noAttempt();
  const learner = await getLearner(ctx, attempt.learner);
  viewerOf(launch, learner.sub);
  return { link, learner, attempt: attempt._id };
}

/** Teachers see everybody's work in what they teach, and everybody sees their own. */
function viewerOf({ role, user }: Launch, sub: string): Review['viewer'] {
  if (role === 'instructor') return 'teacher';
  if (user.sub === sub) return 'learner';
  throw new Forbidden('review-role', t('launch.review.role'), { detail: t('launch.review.role.detail') });
}

function attemptIn(address: string | undefined): string | undefined {
  const named = address && new URL(address).searchParams.get('attempt');
  return named ? named.slice(0, 100) : undefined;
}

function noAttempt(): AppError {
  return new AppError(404, 'review-none', t('launch.review.noAttempt'), {
    detail: t('launch.review.noAttempt.detail'),
  });
}
