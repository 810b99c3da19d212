import type { PersonRecord } from '../access/person.model.ts';
import { rememberLearner } from '../attempts/learners.ts';
import { findOrCreateLink } from '../attempts/links.ts';
import { openLaunch } from '../attempts/open-launch.ts';
import type { Context } from '../context.ts';
import { getCourse } from '../packages/courses.ts';
import { contentOrigin } from '../web/origins.ts';

/**
 * Where somebody of ours sees a course as learners do: the player, on an attempt of their own that nobody grades. In normal mode, for
 * courses behave otherwise where they are only browsed; the player offers to start it from the beginning.
 */
export async function previewAddress(
  ctx: Pick<Context, 'db' | 'now' | 'config' | 'log'>,
  { workspace, person, course: id }: { workspace: string; person: PersonRecord; course: string },
): Promise<string> {
  const course = await getCourse(ctx, workspace, id);
  const learner = await rememberLearner(ctx, {
    workspace,
    key: `preview:${person._id}`,
    sub: person._id,
    name: person.name,
    email: person.email,
  });
  const link = await findOrCreateLink(ctx, {
    workspace,
    kind: 'preview',
    key: `preview:${course._id}:${person._id}`,
    course: course._id,
    title: course.title,
  });
  const returnUrl = `${ctx.config.publicUrl}/admin/courses/${course._id}`;
  const opening = { link, learner, course: course._id, graded: false };
  const { attempt, token } = await openLaunch(ctx, opening, { mode: 'normal', returnUrl });
  return `${contentOrigin(ctx.config, attempt.version)}/play#${token}`;
}
