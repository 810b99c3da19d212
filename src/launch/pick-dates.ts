import type { Launch } from '../lti/verify-launch.ts';
import { t } from '../web/text.ts';
import { keepsDates, takesDates } from './content-items.ts';
import { dateFields, readDates, type DateFaults, type DateField, type Dates } from './dates.ts';
import { isTimeZone, timeZones, zoneName } from './time-zones.ts';

/** The dates in the picker's form, by field and course, and the zone of whoever typed them. */
export type DatesForm = { dates: Record<DateField, Record<string, string>>; zone: string };

/** What stands in the fields of a course, each with what is wrong with it. */
export function dateInputs(form: DatesForm, course: string, faults: DateFaults = {}) {
  return dateFields.map((field) => ({
    field,
    value: form.dates[field][course] ?? '',
    fault: faults[field] && t(`launch.picker.dates.fault.${faults[field]}`),
  }));
}

/** By which clocks: as chosen, as the platform says of this teacher, or as their browser will say (public/launch/picker.js). */
export function zoneOf({ custom }: Launch, { zone }: DatesForm, faults: Record<string, DateFaults>) {
  const id = [zone, custom.time_zone ?? ''].find((one) => isTimeZone(one)) ?? '';
  const groups = timeZones();
  const isListed = id === '' || groups.some(({ zones }) => zones.some((one) => one.id === id));
  return {
    id,
    groups: isListed ? groups : [{ name: '', zones: [{ id, name: zoneName(id) }] }, ...groups],
    isMissing: Object.values(faults).some((mine) => Object.values(mine).includes('zone')),
  };
}

/** The dates that a course goes to the LMS with, or what is wrong with them. */
export function datesFor(
  { platform: { family }, deepLinking }: Launch,
  form: DatesForm,
  course: string,
  points: number,
): { dates: Dates; faults: DateFaults } {
  const settings = deepLinking!;
  if (!takesDates({ family, settings })) return { dates: {}, faults: {} };
  const typed = Object.fromEntries(dateFields.map((field) => [field, form.dates[field][course] ?? '']));
  const read = readDates(typed, isTimeZone(form.zone) ? form.zone : undefined);
  if (keepsDates({ family, settings }, points)) return read;
  const filled = dateFields.filter((field) => typed[field]!.trim() !== '');
  return { dates: {}, faults: Object.fromEntries(filled.map((field) => [field, 'points' as const])) };
}
