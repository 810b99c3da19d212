import type { Request, Response } from 'express';
import { readQuestions } from '../attempts/link-questions.ts';
import type { GivenAnswer, Judged, Question } from '../attempts/questions.ts';
import type { Context } from '../context.ts';
import { duration } from '../display/duration.ts';
import { kindOf } from '../display/response.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';
import { frameOf } from './frame.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

/** So many are shown: who asks more asks nobody to read it. */
const most = 200;
const mostAnswers = 8;

/** How the learners of a link did, question by question. */
export async function showReport(ctx: Context, req: Request, res: Response, visit: Visit): Promise<void> {
  const [frame, questions] = await Promise.all([
    frameOf(ctx, visit, 'report'),
    readQuestions(ctx, visit.link),
  ]);
  const parts = new Set(questions.map(({ activity }) => activity)).size;
  show(req, res, 'report', {
    ...frame,
    questions: questions.slice(0, most).map((each) => questionView(each, parts > 1)),
    more: Math.max(0, questions.length - most),
  });
}

export function questionView(question: Question, withPart: boolean) {
  const { id, type, title, description, learners, tries, first, last, latency, answers, others } = question;
  const shown = answers.filter((answer) => answer.last > 0 || answer.first > 0).slice(0, mostAnswers);
  const rest =
    others + answers.filter((each) => !shown.includes(each)).reduce((sum, each) => sum + each.last, 0);
  return {
    heading: shorten(description ?? id, 300),
    id: description === undefined ? undefined : shorten(id, 100),
    about: [withPart ? shorten(title, 80) : undefined, kindOf(type)].filter(Boolean).join(' · '),
    learners,
    tries,
    first: shareOf(first),
    last: shareOf(last),
    retried: tries > learners,
    time: latency === undefined ? undefined : duration(latency),
    answers: shown.map((answer) => answerView(answer, learners)),
    others: rest,
  };
}

/** Of those who can be judged; undefined: nobody can. */
function shareOf({ right, judged }: Judged): { share: number; judged: number } | undefined {
  return right === undefined ? undefined : { share: right, judged };
}

function answerView({ parts, first, last, right }: GivenAnswer, learners: number) {
  const text = parts.join(', ').trim();
  return {
    text: text === '' ? t('teacher.report.nothing') : shorten(text, 200),
    first,
    last,
    share: learners > 0 ? last / learners : 0,
    right,
  };
}
