import { statusOf } from '../api/present.ts';
import type { AttemptRow } from '../attempts/list.ts';
import { t } from '../web/text.ts';
import { shorten } from './present.ts';

/** How a status looks. */
export const toneOf = {
  'not attempted': 'plain',
  incomplete: 'info',
  completed: 'good',
  passed: 'good',
  failed: 'bad',
} as const;

/** One learner's attempt as the course's page lists it. */
export function attemptRow(row: AttemptRow) {
  const { attempt, learner, version, link } = row;
  const status = statusOf(attempt.progress);
  return {
    address: `/admin/attempts/${attempt._id}`,
    learner: shorten(learner.name || learner.email || t('admin.nameless'), 100),
    /** An LMS's link has a title of its own; a dispatch and a preview have the course's. */
    where: (link.kind === 'lti' && shorten(link.title, 150)) || t(`admin.link.${link.kind}`),
    title: shorten(link.title, 150),
    number: attempt.number,
    version: version.number,
    chip: {
      tone: toneOf[status],
      text: t(`admin.attempt.${status}`),
      sign: status === 'incomplete' ? 'waiting' : undefined,
    },
    score: attempt.progress.score,
    minutes: Math.round(attempt.progress.seconds / 60),
    savedAt: attempt.savedAt,
  };
}
