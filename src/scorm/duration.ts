// CMITimespan of SCORM 1.2 (RTE 3.4.2): HHHH:MM:SS.SS, two to four digits of hours.
const timespan = /^(\d{2,4}):(\d{2}):(\d{2}(?:\.\d{1,2})?)$/;

// timeinterval(second,10,2) of SCORM 2004 (RTE 4.1.1.7, ISO 8601): at least one part, and one after a T.
const interval =
  /^P(?=.)(?:(\d{1,10})Y)?(?:(\d{1,10})M)?(?:(\d{1,10})D)?(?:T(?=\d)(?:(\d{1,10})H)?(?:(\d{1,10})M)?(?:(\d{1,10}(?:\.\d{1,2})?)S)?)?$/;

const day = 86_400;
// A year and a month have no fixed length; ISO 8601 leaves it open. These are the usual averages.
const year = 365.25 * day;
const month = year / 12;

/** Seconds of a SCORM 1.2 timespan, or undefined if it is none. Minutes up to 99 are taken, as ADL's test suite does. */
export function parseTimespan(text: string): number | undefined {
  const parts = timespan.exec(text);
  if (!parts || Number(parts[3]) >= 60) return undefined;
  return Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]);
}

/** Seconds as a SCORM 1.2 timespan, at most 9999:59:59.99. */
export function formatTimespan(seconds: number): string {
  const hundredths = Math.min(Math.round(seconds * 100), 3_599_999_999);
  const [h, m, s] = [
    Math.floor(hundredths / 360_000),
    Math.floor(hundredths / 6000) % 60,
    (hundredths % 6000) / 100,
  ];
  const pad = (value: number, digits: number) => String(value).padStart(digits, '0');
  return `${pad(h, 4)}:${pad(m, 2)}:${Number.isInteger(s) ? pad(s, 2) : s.toFixed(2).padStart(5, '0')}`;
}

/** Seconds of a SCORM 2004 time interval, or undefined if it is none. */
export function parseInterval(text: string): number | undefined {
  const parts = interval.exec(text);
  if (!parts) return undefined;
  const [years, months, days, hours, minutes, seconds] = parts
    .slice(1)
    .map((part) => Number(part ?? 0)) as number[];
  return years! * year + months! * month + days! * day + hours! * 3600 + minutes! * 60 + seconds!;
}

/** Seconds as a SCORM 2004 time interval of days, hours, minutes and seconds: `PT2H20S`, `P29D`, `PT0H0M0S`. */
export function formatInterval(seconds: number): string {
  const hundredths = Math.round(seconds * 100);
  if (hundredths === 0) return 'PT0H0M0S';
  const [d, h, m] = [
    Math.floor(hundredths / 8_640_000),
    Math.floor(hundredths / 360_000) % 24,
    Math.floor(hundredths / 6000) % 60,
  ];
  const s = (hundredths % 6000) / 100;
  const time = `${h ? `${h}H` : ''}${m ? `${m}M` : ''}${s ? `${s}S` : ''}`;
  return `P${d ? `${d}D` : ''}${time ? `T${time}` : ''}`;
}
