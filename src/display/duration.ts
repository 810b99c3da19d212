import { t } from '../web/text.ts';

/** Seconds as people say them. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return t(m ? 'display.time.hours' : 'display.time.hours.even', { h, m });
  if (m > 0) return t(s ? 'display.time.minutes' : 'display.time.minutes.even', { m, s });
  return t('display.time.seconds', { s });
}
