import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import { timeLimitOf } from '../../scorm/time-limit.ts';
import type { Opened, Standing } from './opened.ts';
import { gradeWords } from './question.ts';
import type { Message } from './stage.ts';
import { shorten, type Words } from './words.ts';

type Told = Pick<Opened, 'title' | 'definition'> & { standing: Standing };

/** Before a course is begun of which there is something to know first. */
export function startOf(t: Words, told: Told, start: () => void): Message {
  const { standing, title } = told;
  return {
    sign: 'info',
    heading: shorten(title),
    lines: startLines(t, told),
    actions: [{ label: t(standing.number > 1 ? 'start.next' : 'start'), act: start }],
  };
}

/** What it is, how often and how long one may, and what it counts for; only what is known. */
export function startLines(t: Words, { definition, standing }: Told): string[] {
  const lines = [
    sizeOf(t, definition),
    attemptsLeft(t, standing),
    timeLimit(t, definition),
    standing.isUngraded ? t('start.noGrade') : gradeToGet(t, standing),
  ];
  return lines.filter((line) => line !== undefined);
}

/** "3 parts · about 45 min" */
function sizeOf(t: Words, { root, typicalTime }: Opened['definition']): string | undefined {
  const parts = leavesOf(root).filter((leaf) => isLaunchable(leaf) && leaf.visible).length;
  const size = [
    parts > 1 ? t('start.parts', { count: t.number(parts) }) : undefined,
    typicalTime === undefined ? undefined : t('start.about', { time: timeWords(t, typicalTime) }),
  ];
  return size.filter(Boolean).join(' · ') || undefined;
}

function attemptsLeft(t: Words, { number, most }: Standing): string | undefined {
  if (most === 0) return undefined;
  if (most === 1) return t('start.once');
  const [first, last] = [number === 1, number === most];
  return t(first ? 'start.attempts' : last ? 'start.last' : 'start.attempt', {
    number: String(number),
    most: String(most),
  });
}

function timeLimit(t: Words, definition: Opened['definition']): string | undefined {
  const limit = timeLimitOf(definition);
  if (!limit) return undefined;
  if (limit.seconds === undefined) return t('start.limit.parts');
  return t('start.limit', { time: timeWords(t, limit.seconds) });
}

function gradeToGet(t: Words, standing: Standing): string | undefined {
  const { grade, number } = standing;
  if (!grade) return undefined;
  const upTo = number === 1 ? t('start.points', { points: t.number(grade.points) }) : undefined;
  return [upTo, gradeWords(t, standing)].filter(Boolean).join(' ') || undefined;
}

/** "45 min", "1 h 30 min" */
export function timeWords(t: Words, seconds: number): string {
  if (seconds < 60) return t('time.seconds', { s: t.number(Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  const [h, m] = [Math.floor(minutes / 60), minutes % 60];
  const words = [
    h > 0 ? t('time.hours', { h: t.number(h) }) : '',
    m > 0 ? t('time.minutes', { m: t.number(m) }) : '',
  ];
  return words.filter(Boolean).join(' ');
}
