import type { LinkItem } from '../lti/deep-linking.ts';
import { momentsOf } from './time-zones.ts';

/** What may be said of a picked course: from when it is open, by when it is due, when it closes. In the order of time. */
export const dateFields = ['from', 'due', 'until'] as const;
export type DateField = (typeof dateFields)[number];

export type Dates = Partial<Record<DateField, Date>>;
export type DateFault = 'unreadable' | 'year' | 'gap' | 'zone' | 'points' | 'afterFrom' | 'afterDue';
export type DateFaults = Partial<Record<DateField, DateFault>>;

/** Dates as they were typed, by the clocks of a zone; undefined: nobody has said which. What is empty is none. */
export function readDates(
  typed: Partial<Record<DateField, string>>,
  zone: string | undefined,
): { dates: Dates; faults: DateFaults } {
  const dates: Dates = {};
  const faults: DateFaults = {};
  for (const field of dateFields) {
    const text = typed[field]?.trim();
    if (!text) continue;
    const read = zone === undefined ? 'zone' : readDate(text, zone, field);
    if (typeof read === 'string') faults[field] = read;
    else dates[field] = read;
  }
  return { dates, faults: { ...orderFaults(dates), ...faults } };
}

/** While clocks are put back a time is there twice: it opens at the first, and is due or closes at the second. */
function readDate(text: string, zone: string, field: DateField): Date | DateFault {
  const [, year, rest, time] = /^(\d{4,6})(-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?$/.exec(text) ?? [];
  if (year === undefined) return 'unreadable';
  if (Number(year) < 2000 || Number(year) > 2099) return 'year';
  const shown = new Date(`${year}${rest}T${time}Z`);
  // A day that the month does not have is another day by then.
  if (Number.isNaN(shown.getTime()) || shown.toISOString().slice(0, 10) !== `${year}${rest}`)
    return 'unreadable';
  const moments = momentsOf(shown.getTime(), zone);
  const moment = field === 'from' ? moments[0] : moments.at(-1);
  return moment === undefined ? 'gap' : new Date(moment);
}

/** LMSs want it due while it is open. */
function orderFaults({ from, due, until }: Dates): DateFaults {
  return {
    ...(from && due && due <= from && { due: 'afterFrom' as const }),
    ...(from && until && until <= from
      ? { until: 'afterFrom' as const }
      : due && until && until < due && { until: 'afterDue' as const }),
  };
}

/** As LTI Deep Linking 2.0 §3.1.4 has them: ISO 8601, in UTC. */
export function windowsOf({ from, due, until }: Dates): Pick<LinkItem, 'available' | 'submission'> {
  const iso = (date: Date) => date.toISOString().replace('.000Z', 'Z');
  return {
    ...((from || until) && {
      available: {
        ...(from && { startDateTime: iso(from) }),
        ...(until && { endDateTime: iso(until) }),
      },
    }),
    ...(due && { submission: { endDateTime: iso(due) } }),
  };
}
