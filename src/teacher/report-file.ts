import { readQuestions } from '../attempts/link-questions.ts';
import type { GivenAnswer, Judged, Question } from '../attempts/questions.ts';
import type { Context } from '../context.ts';
import { t } from '../web/text.ts';
import { csvOf } from './csv.ts';
import { fileNameOf } from './file-name.ts';
import type { Visit } from './visits.ts';

const columns = [
  'part',
  'id',
  'text',
  'type',
  'learners',
  'tries',
  'first',
  'last',
  'seconds',
  'answer',
  'isRight',
  'firstly',
  'lastly',
] as const;

/** How the learners of a link did, as a file: a row for each answer that was given to a question. */
export async function reportFile(ctx: Context, visit: Visit): Promise<{ name: string; text: string }> {
  const questions = await readQuestions(ctx, visit.link);
  return {
    name: fileNameOf(ctx, visit, t('teacher.report.file.name')),
    text: reportText(questions),
  };
}

export function reportText(questions: Question[]): string {
  const head = columns.map((name) => t(`teacher.report.file.${name}`));
  return csvOf([head, ...questions.flatMap(rowsOf)]);
}

function rowsOf(question: Question): (string | number | undefined)[][] {
  const { title, id, description, type, learners, tries, first, last, latency, answers, others } = question;
  const seconds = latency === undefined ? undefined : Math.round(latency * 10) / 10;
  const about = [title, id, description, type, learners, tries, percentOf(first), percentOf(last), seconds];
  const rest = others > 0 ? [[t('teacher.report.others'), undefined, undefined, others]] : [];
  const given = [...answers.map(answerCells), ...rest];
  return given.length > 0 ? given.map((cells) => [...about, ...cells]) : [[...about, '', '', '', '']];
}

function answerCells({ parts, right, first, last }: GivenAnswer): (string | number | undefined)[] {
  const text = parts.join(', ').trim();
  const judged = right === undefined ? '' : t(`teacher.report.file.${right ? 'yes' : 'no'}`);
  return [text === '' ? t('teacher.report.nothing') : text, judged, first, last];
}

/** Undefined: nobody can judge. */
function percentOf({ right }: Judged): number | undefined {
  return right === undefined ? undefined : Math.round(right * 1000) / 10;
}
