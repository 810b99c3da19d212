import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import type { Choice, Opened, Standing } from './opened.ts';
import type { Action, Message } from './stage.ts';
import { statusOf, type Words } from './words.ts';

/** Before a course loads that was begun before: where the learner stands, and what they may do now. */
export function questionOf(
  t: Words,
  { progress, definition, standing, grade = 'none', platformName }: Opened & { standing: Standing },
  acts: Record<Choice, () => void>,
  wayOut: Action[],
): Message {
  const hasParts = leavesOf(definition.root).filter(isLaunchable).length > 1;
  const status = statusOf(progress, hasParts);
  const { offers, most } = standing;
  const isOnlyLook = offers.length === 1 && offers[0] === 'review';
  const score = progress.score === undefined ? undefined : t.percent(progress.score);
  return {
    sign: status === 'failed' ? 'bad' : standing.stand === 'begun' ? 'part' : 'done',
    heading: t(`ask.${status}`),
    lines: [
      [attemptWords(t, standing), score].filter(Boolean).join(' · ') || undefined,
      gradeWords(t, standing),
      grade === 'none' ? undefined : t(`grade.${grade}`, { platform: platformName ?? t('gradebook') }),
      isOnlyLook ? t(most === 1 ? 'ask.once' : 'ask.noneLeft', { most: String(most) }) : undefined,
      offers.includes('goOn') && standing.version !== undefined
        ? t('ask.updated', { version: String(standing.version) })
        : undefined,
    ],
    actions: [
      ...offers.map((choice) => actionOf(t, choice, standing, acts[choice])),
      ...(isOnlyLook ? wayOut : []),
    ],
  };
}

/** "Attempt 1 of 3"; nothing for somebody's only one. */
export function attemptWords(t: Words, { number, most }: Standing): string | undefined {
  if (most > 1) return t('attempt.of', { number: String(number), most: String(most) });
  return number > 1 ? t('attempt.number', { number: String(number) }) : undefined;
}

/** "Your best attempt counts. Your grade so far: 40 of 50." */
export function gradeWords(t: Words, { grade, most, number }: Standing): string | undefined {
  if (!grade) return undefined;
  const { keep, given, points } = grade;
  const rule = most === 1 && number === 1 ? undefined : t(`keep.${keep}`);
  const sofar =
    given === undefined ? undefined : t('soFar', { given: t.number(given), points: t.number(points) });
  return [rule, sofar].filter(Boolean).join(' ') || undefined;
}

export function againLabel(t: Words, { number, most }: Standing): string {
  return most > 1
    ? t('again.of', { number: String(number + 1), most: String(most) })
    : t('again', { number: String(number + 1) });
}

function actionOf(t: Words, choice: Choice, standing: Standing, act: () => void): Action {
  const { stand, grade, version } = standing;
  if (choice === 'review') return { label: t('review.look'), hint: t('review.hint'), act };
  if (choice === 'goOn') {
    const key = stand === 'finished' ? 'goOn.finished' : 'goOn';
    return { label: t(key), hint: t(`${key}.hint`), act };
  }
  const hint = [
    grade ? t(`again.${grade.keep}`) : t('again.hint'),
    version === undefined ? '' : t('again.updated'),
  ];
  return { label: againLabel(t, standing), hint: hint.filter(Boolean).join(' '), act };
}
