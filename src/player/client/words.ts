import type { Closed } from '../../scorm/player.ts';
import type { Progress } from '../../scorm/progress.ts';

/** The texts the page came with (`player.client.*` of the catalogue), and numbers and times as the reader writes them. */
export type Words = {
  (key: string, values?: Record<string, string>): string;
  number: (value: number) => string;
  percent: (share: number) => string;
  time: (at: Date) => string;
};

export function readWords(): Words {
  const texts = JSON.parse(document.getElementById('texts')?.textContent ?? '{}') as Record<string, string>;
  const words = (key: string, values: Record<string, string> = {}) =>
    (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
  const locales = [...navigator.languages];
  const numbers = new Intl.NumberFormat(locales, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locales, { style: 'percent', maximumFractionDigits: 1 });
  const hours = new Intl.DateTimeFormat(locales, { timeStyle: 'short' });
  const days = new Intl.DateTimeFormat(locales, { dateStyle: 'medium', timeStyle: 'short' });
  return Object.assign(words, {
    number: (value: number) => numbers.format(value),
    percent: (share: number) => percent.format(share),
    time: (at: Date) => (at.toDateString() === new Date().toDateString() ? hours : days).format(at),
  });
}

/** The one word that says most about where somebody stands; one part failed of a course that goes on is no last word. */
export function statusOf(
  { completion, success }: Pick<Progress, 'completion' | 'success'>,
  hasParts: boolean,
): 'passed' | 'failed' | Progress['completion'] {
  return success === 'unknown' || (hasParts && completion !== 'completed') ? completion : success;
}

/** Why what comes next is locked: what is to be done first. */
export function closedWords(t: Words, closed: Closed): string {
  const title = 'title' in closed ? shorten(closed.title, 120) : undefined;
  if (title === '') return t('closed.before');
  return t(`closed.${closed.until}`, title === undefined ? {} : { title });
}

/** A title of ten thousand letters says no more than its first three hundred. */
export function shorten(title: string, most = 300): string {
  return title.length <= most ? title : `${title.slice(0, most - 1).trimEnd()}…`;
}
