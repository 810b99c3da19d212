import type { LinkRecord } from '../attempts/link.model.ts';
import { findLink } from '../attempts/links.ts';
import type { Context } from '../context.ts';
import type { DeploymentRecord } from '../lti/deployment.model.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import { findDeployment, findPlatform } from '../lti/platforms.ts';
import { checkStillTrusted, type Launch } from '../lti/verify-launch.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { findCourse } from '../packages/courses.ts';
import { hashToken, newToken } from '../store/token.ts';
import { AppError } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { visits, type VisitRecord } from './visit.model.ts';

/** A page that nobody touches for so long is closed; a working day is the longest. Milliseconds. */
const idle = 3600_000;
const longest = 12 * 3600_000;

/** A teacher at the page of a link, with what the page is about. */
export type Visit = {
  token: string;
  user: VisitRecord['user'];
  platform: PlatformRecord;
  deployment: DeploymentRecord;
  timesOff: number;
  link: LinkRecord;
  course: CourseRecord;
};

/** Begins a teacher's visit of a link they have opened; the answer is the token for the page's forms. */
export async function beginVisit(
  ctx: Pick<Context, 'db' | 'now'>,
  { workspace, platform, deployment, timesOff, user }: Launch,
  link: LinkRecord,
): Promise<string> {
  const token = newToken();
  const now = ctx.now();
  const after = (time: number) => new Date(now.getTime() + time);
  const { sub, name, email } = user;
  await visits(ctx.db).create({
    _id: hashToken(token),
    workspace,
    platform: platform._id,
    deployment: deployment._id,
    timesOff,
    link: link._id,
    user: { sub, name, email },
    createdAt: now,
    expiresAt: after(idle),
    endsAt: after(longest),
  });
  return token;
}

/** The visit of this token, which lasts an hour more from now; refused when it is over, or its LMS was switched off. */
export async function takeVisit(ctx: Pick<Context, 'db' | 'now'>, token: string): Promise<Visit> {
  const visit = await prolong(ctx, hashToken(token));
  if (!visit) throw over();
  await endUnlessTrusted(ctx, visit);
  const [platform, deployment, link] = await Promise.all([
    findPlatform(ctx, visit.platform),
    findDeployment(ctx, visit.deployment),
    findLink(ctx, visit.link),
  ]);
  const course = link && (await findCourse(ctx, visit.workspace, link.course));
  if (!platform || !deployment || !link || !course) throw over();
  return { token, user: visit.user, platform, deployment, timesOff: visit.timesOff ?? 0, link, course };
}

async function prolong(ctx: Pick<Context, 'db' | 'now'>, _id: string): Promise<VisitRecord | null> {
  const now = ctx.now();
  return visits(ctx.db)
    .findOneAndUpdate(
      { _id, expiresAt: { $gt: now }, endsAt: { $gt: now } },
      { $set: { expiresAt: new Date(now.getTime() + idle) } },
      { returnDocument: 'after' },
    )
    .lean<VisitRecord>();
}

/** What is switched off ends: the token is no more, also when it is on again. */
async function endUnlessTrusted(
  ctx: Pick<Context, 'db'>,
  { _id, platform, deployment, timesOff = 0 }: VisitRecord,
): Promise<void> {
  try {
    await checkStillTrusted(ctx, { platform: { _id: platform }, deployment: { _id: deployment }, timesOff });
  } catch (error) {
    await visits(ctx.db).deleteOne({ _id });
    throw error;
  }
}

function over(): AppError {
  return new AppError(410, 'visit-over', t('teacher.over'), { detail: t('teacher.over.detail') });
}
