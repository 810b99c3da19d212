import type { AttemptRow } from '../attempts/list.ts';
import { duration } from '../display/duration.ts';
import { statusChip, statusOf } from '../display/status.ts';
import { t } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

/** One learner's attempt as the course's page lists it. */
export function attemptRow(row: AttemptRow) {
  const { attempt, learner, version, link } = row;
  return {
    address: `/admin/attempts/${attempt._id}`,
    learner: shorten(learner.name || learner.email || t('display.nameless'), 100),
    /** An LMS's link has a title of its own; a dispatch and a preview have the course's. */
    where: (link.kind === 'lti' && shorten(link.title, 150)) || t(`display.link.${link.kind}`),
    title: shorten(link.title, 150),
    number: attempt.number,
    version: version.number,
    chip: statusChip(statusOf(attempt.progress)),
    score: attempt.progress.score,
    time: attempt.progress.seconds > 0 ? duration(attempt.progress.seconds) : undefined,
    savedAt: attempt.savedAt,
  };
}
