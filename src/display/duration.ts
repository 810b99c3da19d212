import { t } from '../web/text.ts';

/** Seconds as people say them. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return t('display.time.hours', { h, m });
  return m > 0 ? t('display.time.minutes', { m, s }) : t('display.time.seconds', { s });
}
