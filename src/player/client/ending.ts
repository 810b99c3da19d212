import type { Progress } from '../../scorm/progress.ts';
import type { Sign } from './dom.ts';
import type { Standing } from './opened.ts';
import { attemptWords, gradeWords } from './question.ts';
import type { Action, Message } from './stage.ts';
import { statusOf, type Words } from './words.ts';

const signs: Record<ReturnType<typeof statusOf>, Sign> = {
  'not attempted': 'none',
  incomplete: 'part',
  completed: 'done',
  passed: 'done',
  failed: 'bad',
};

/** How far the grade has come (grades/state.ts). */
export type GradeState = 'none' | 'waiting' | 'sent' | 'kept' | 'failed';
/** When the server stored the last of it. */
export type Saved = { at: Date; grade?: GradeState };

type Ending = {
  progress: Progress;
  /** The course has several parts. */
  hasParts: boolean;
  /** Absent: not stored yet. */
  saved?: Saved;
  /** Where the grade goes, as the learner calls it. */
  platform?: string;
  /** Nothing of this counts: a preview, or a look back. */
  counts: boolean;
  isReview?: boolean;
  /** Where the learner stands now, once the server has said. */
  standing?: Standing;
  /** One of the actions leads back to where the learner came from. */
  leads: boolean;
  actions: Action[];
};

/** "Completed · 85 % · recorded 14:02", and the way back. */
export function endingOf(
  t: Words,
  { progress, hasParts, saved, platform, counts, isReview, standing, leads, actions }: Ending,
): Message {
  const status = statusOf(progress, hasParts);
  const score = progress.score === undefined ? undefined : t.percent(progress.score);
  const recorded = saved ? t('recorded', { time: t.time(saved.at) }) : t('recording');
  const grade = saved?.grade ?? 'none';
  const isKept = counts && saved && progress.completion !== 'completed';
  return {
    sign: signs[status],
    heading: t(`over.${status}`),
    lines: [
      [score, counts ? recorded : undefined].filter(Boolean).join(' · ') || undefined,
      grade === 'none' ? undefined : t(`grade.${grade}`, { platform: platform ?? t('gradebook') }),
      counts && standing ? attemptsWords(t, standing) : undefined,
      counts ? undefined : t(isReview ? 'review.over' : 'preview.over'),
      isKept ? t('keeps') : undefined,
      saved && !leads ? t(window.top === window ? 'close' : 'leave') : undefined,
    ],
    actions,
  };
}

/** "Attempt 1 of 3. Your best attempt counts." */
function attemptsWords(t: Words, standing: Standing): string | undefined {
  const attempt = attemptWords(t, standing);
  const counts = standing.offers.includes('again')
    ? gradeWords(t, { ...standing, grade: ruleOf(standing) })
    : '';
  return [attempt && `${attempt}.`, counts].filter(Boolean).join(' ') || undefined;
}

/** Its points are on their way, and are said when they arrive. */
const ruleOf = ({ grade }: Standing) => grade && { keep: grade.keep, points: grade.points };
