import type { Request, Response } from 'express';
import { listLinkLearners } from '../attempts/link-learners.ts';
import { changeRules, hasOurColumn } from '../attempts/link-rules.ts';
import type { Context } from '../context.ts';
import { formOfLink, playSection, readLinkPlayForm } from '../display/play-form.ts';
import { getVersion } from '../packages/courses.ts';
import { playRulesOf } from '../packages/play-rules.ts';
import { t } from '../web/text.ts';
import { frameOf } from './frame.ts';
import { gradeFormOf, gradeSection, readGradeForm } from './grade-form.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

type Typed = { grade: ReturnType<typeof readGradeForm>; play: ReturnType<typeof readLinkPlayForm> };

/** The rules of a link as a form: what counts, and how it plays; with what a change does to grades that are there already. */
export async function showRules(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  { said, typed }: { said?: string; typed?: Typed } = {},
): Promise<void> {
  const { link, course } = visit;
  const [frame, { definition }, opened] = await Promise.all([
    frameOf(ctx, visit, 'rules'),
    getVersion(ctx, course.published),
    listLinkLearners(ctx, link),
  ]);
  const faults = [...(typed?.grade.faults ?? []), ...(typed?.play.faults ?? [])];
  const graded = opened.filter(({ grade }) => grade !== 'none').length;
  const play = typed?.play.form ?? formOfLink(link.play);
  show(req, res, 'rules', {
    ...frame,
    said,
    faults,
    grade: gradeSection(typed?.grade.form ?? gradeFormOf(link.rules), faults),
    play: playSection(definition, play, faults, playRulesOf(course)),
    hasPoints: hasOurColumn(link),
    warning:
      graded > 0
        ? t(graded === 1 ? 'teacher.rules.one' : 'teacher.rules.many', { count: graded, lms: frame.lms })
        : undefined,
  });
}

/** Takes the form; what is wrong with it is shown in it. */
export async function saveRules(ctx: Context, req: Request, res: Response, visit: Visit): Promise<void> {
  const { link } = visit;
  const grade = readGradeForm(req.body, { hasPoints: hasOurColumn(link) });
  const play = readLinkPlayForm(req.body);
  if (!grade.rules || !play.rules)
    return showRules(ctx, req, res.status(422), visit, { typed: { grade, play } });
  const changed = await changeRules(ctx, link.workspace, link._id, { ...grade.rules, ...play.rules });
  await showRules(ctx, req, res, { ...visit, link: changed }, { said: t('teacher.rules.saved') });
}
