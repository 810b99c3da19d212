import type { LearnerRecord } from '../attempts/learner.model.ts';
import type { GradeBody } from '../grades/queue.ts';
import type { PlatformRecord } from '../lti/platform.model.ts';
import type { DeliveryRecord } from '../outbox/delivery.model.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { t } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

export type Names = {
  learners: Map<string, LearnerRecord>;
  courses: Map<string, CourseRecord>;
  platforms: Map<string, PlatformRecord>;
};

/** One delivery as people read it: who, what, where to, and how it stands. */
export function deliveryRow(delivery: DeliveryRecord, names: Names, now: Date) {
  const { about, answers, tries, status, nextAt } = delivery;
  const course = names.courses.get(about.course ?? '');
  const learner = names.learners.get(about.learner ?? '');
  const last = answers.at(-1);
  return {
    id: delivery._id,
    address: `/admin/deliveries/${delivery._id}`,
    learner: shorten(learner?.name || learner?.email || nobodyOf(delivery), 100),
    course: course && {
      title: shorten(course.title, 150),
      address: course.removedAt ? undefined : `/admin/courses/${course._id}`,
    },
    platform: shorten(names.platforms.get(about.platform ?? '')?.name ?? t('admin.platformGone'), 100),
    what: whatOf(delivery),
    chip: chipOf(delivery),
    tries,
    last: last && { text: shorten(last.text, 400), at: last.at, ok: last.ok },
    nextAt: status === 'waiting' && nextAt > now ? nextAt : undefined,
    due: status === 'waiting' && nextAt <= now,
    createdAt: delivery.createdAt,
    updatedAt: delivery.updatedAt,
    deliveredAt: delivery.deliveredAt,
    waiting: status === 'waiting',
  };
}

/** Who it is for, where that is nobody in particular or has no name. */
function nobodyOf({ kind }: DeliveryRecord): string {
  return t(kind === 'column' ? 'admin.delivery.everybody' : 'display.nameless');
}

function chipOf({ status, tries, answers, mark }: DeliveryRecord) {
  if (mark === 'kept') return { tone: 'info', text: t('admin.delivery.kept') };
  if (status === 'delivered') return { tone: 'good', text: t('admin.delivery.delivered') };
  if (status === 'given up') return { tone: 'bad', text: t('admin.delivery.given up') };
  if (mark === 'held') return { tone: 'warning', text: t('admin.delivery.held') };
  if (tries > 0 && answers.at(-1)?.ok === false)
    return { tone: 'warning', text: t('admin.delivery.tryingAgain') };
  return { tone: 'info', sign: 'waiting', text: t('admin.delivery.waiting') };
}

function whatOf({ kind, body }: DeliveryRecord): { given?: number; maximum?: number; text: string } {
  if (kind === 'column') return { text: t('admin.delivery.column') };
  if (kind !== 'grade') return { text: kind };
  const { scoreGiven: given, scoreMaximum: maximum, activityProgress } = (body as GradeBody).grade;
  return { given, maximum, text: t(`admin.activity.${activityProgress}`) };
}
