import type { LinkLearner } from '../attempts/link-learners.ts';
import { duration } from '../display/duration.ts';
import { statusChip, statusOf } from '../display/status.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import { shorten } from '../web/shorten.ts';
import { t } from '../web/text.ts';
import type { Classmate } from './class.ts';
import { gradeWords } from './grade-words.ts';

/** What a list needs to know besides. */
export type Around = {
  /** What is, or was, to be sent, by learner; undefined: there is no column. */
  grades?: Map<string, DeliveryRecord>;
  /** The average of all attempts counts: it is the score that is shown. */
  isAverage: boolean;
  lms: string;
};

/** One learner as the list shows them. */
export function learnerRow({ name, email, enrolled, did }: Classmate, around: Around) {
  const id = did?.learner._id;
  return {
    id,
    name: nameOf({ name, email }),
    email: name && email ? shorten(email, 100) : undefined,
    enrolled: ['gone', 'inactive'].includes(enrolled) ? t(`teacher.enrolled.${enrolled}`) : undefined,
    chip: statusChip(did ? statusOf(did.progress) : 'not attempted'),
    isOpen: did?.isOpen ?? false,
    score: did && scoreOf(did, around),
    time: did && duration(did.seconds),
    version: did?.version,
    seenAt: did?.lastSeen,
    used: did && usedOf(did),
    grade: around.grades && gradeWords(around.grades.get(id ?? ''), around.lms),
  };
}

/** The same for a file; times in ISO 8601, the score in per cent. */
export function csvRow(mate: Classmate, around: Around): (string | number | undefined)[] {
  const { did, sub, name, email } = mate;
  const { version, chip, enrolled, score, grade, seenAt } = learnerRow(mate, around);
  return [
    name,
    email,
    sub,
    enrolled,
    chip.text,
    score === undefined ? undefined : Math.round(score * 1e4) / 100,
    did && Math.round(did.seconds / 6) / 10,
    did?.used ?? 0,
    version,
    seenAt?.toISOString(),
    grade?.given,
    grade?.maximum,
    grade?.chip?.text,
    grade?.text,
  ];
}

export function csvHead(): string[] {
  const names = ['name', 'email', 'id', 'enrolled', 'status', 'score', 'minutes', 'attempts', 'version'];
  return [...names, 'seen', 'points', 'maximum', 'grade', 'note'].map((name) => t(`teacher.csv.${name}`));
}

export function nameOf({ name, email }: { name: string; email?: string }): string {
  return shorten(name || email || t('display.nameless'), 100);
}

function scoreOf({ progress, share }: LinkLearner, { isAverage }: Around): number | undefined {
  return isAverage && progress.score !== undefined ? share : progress.score;
}

function usedOf({ used, most }: LinkLearner): string {
  return most > 0 ? t('teacher.usedOf', { used, most }) : String(used);
}
