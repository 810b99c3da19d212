import { isFinal } from '../grades/grade.ts';
import type { GradeBody } from '../grades/queue.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { t } from '../web/text.ts';

/** How far a learner's grade is, for a teacher: in the gradebook, on its way, given up and why, or nothing to send. */
export type GradeWords = {
  state: 'none' | 'waiting' | 'sent' | 'kept' | 'failed';
  chip?: { tone: string; text: string; sign?: string };
  given?: number;
  maximum?: number;
  /** A sentence, where something is not as it should be. */
  text?: string;
  at?: Date;
};

export function gradeWords(row: DeliveryRecord | undefined, lms: string): GradeWords {
  const { grade } = (row?.body ?? {}) as Partial<GradeBody>;
  if (!row || !grade || !isFinal(grade)) return { state: 'none' };
  const points = { given: grade.scoreGiven, maximum: grade.scoreMaximum };
  const { status, mark, deliveredAt } = row;
  if (status === 'given up')
    return { state: 'failed', chip: chip('bad', 'failed'), ...points, text: reasonOf(row, lms) };
  if (status === 'waiting') {
    const isLate = mark === 'held' || (row.tries > 0 && row.answers.at(-1)?.ok === false);
    const look = isLate ? chip('warning', 'late') : chip('info', 'waiting', 'waiting');
    return { state: 'waiting', chip: look, ...points, ...(isLate && { text: reasonOf(row, lms) }) };
  }
  if (mark === 'kept')
    return { state: 'kept', chip: chip('info', 'kept'), ...points, text: t('teacher.grade.kept.text') };
  return { state: 'sent', chip: chip('good', 'sent'), ...points, at: deliveredAt };
}

function chip(tone: string, word: string, sign?: string) {
  return { tone, sign, text: t(`teacher.grade.${word}`) };
}

/** The LMS's last answer, for somebody who is to do something about it. What it said itself stands on the learner's page. */
function reasonOf({ answers, mark }: DeliveryRecord, lms: string): string {
  if (mark === 'held') return t('teacher.reason.held', { lms });
  const { status } = answers.at(-1) ?? {};
  return t(`teacher.reason.${kindOf(status)}`, { lms });
}

function kindOf(status: number | undefined): string {
  if (status === undefined) return 'silent';
  if (status === 401 || status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'gone';
  if (status === 409) return 'later';
  if (status === 429 || status >= 500) return 'trouble';
  return 'refused';
}
