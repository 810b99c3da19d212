import type { Progress } from '../../scorm/progress.ts';
import type { Sign } from './dom.ts';
import type { Action, Message } from './stage.ts';
import { statusOf, type Words } from './words.ts';

const signs: Record<ReturnType<typeof statusOf>, Sign> = {
  'not attempted': 'none',
  incomplete: 'part',
  completed: 'done',
  passed: 'done',
  failed: 'bad',
};

type Ending = {
  progress: Progress;
  /** The course has several parts. */
  hasParts: boolean;
  /** When the server stored the last of it; absent: it has not yet. */
  savedAt?: Date;
  /** Nothing of this counts: a preview, or a look back. */
  counts: boolean;
  /** One of the actions leads back to where the learner came from. */
  leads: boolean;
  actions: Action[];
};

/** "Completed · 85 % · recorded 14:02", and the way back. */
export function endingOf(t: Words, { progress, hasParts, savedAt, counts, leads, actions }: Ending): Message {
  const status = statusOf(progress, hasParts);
  const score = progress.score === undefined ? undefined : t.percent(progress.score);
  const recorded = savedAt ? t('recorded', { time: t.time(savedAt) }) : t('recording');
  return {
    sign: signs[status],
    heading: t(`over.${status}`),
    lines: [
      [score, counts ? recorded : undefined].filter(Boolean).join(' · ') || undefined,
      counts ? undefined : t('preview.over'),
      counts && savedAt && progress.completion !== 'completed' ? t('keeps') : undefined,
      savedAt && !leads ? t(window.top === window ? 'close' : 'leave') : undefined,
    ],
    actions,
  };
}
