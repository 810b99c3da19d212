import type { Context } from '../context.ts';
import { deepLinkingResponse } from '../lti/deep-linking.ts';
import { issue, look, take } from '../lti/one-time.ts';
import { checkStillTrusted, type Launch } from '../lti/verify-launch.ts';
import type { CourseRecord } from '../packages/course.model.ts';
import { findCourse, listCourses } from '../packages/courses.ts';
import { AppError, Forbidden, Invalid } from '../web/errors.ts';
import { t } from '../web/text.ts';
import {
  linkItem,
  offersBoth,
  takesDates,
  takesLabel,
  takesLineItem,
  type Pick,
  type Shown,
} from './content-items.ts';
import type { DateFaults } from './dates.ts';
import { dateInputs, datesFor, zoneOf, type DatesForm } from './pick-dates.ts';

/** A picker may stay open over lunch. */
const pickSeconds = 4 * 3600;
export const pageOfCourses = 60;
const mostCourses = 600;

/** What stands in the picker's form. Points, labels and dates by course, as typed. */
export type PickForm = DatesForm & {
  search: string;
  limit: number;
  courses: string[];
  points: Record<string, string>;
  labels: Record<string, string>;
  shown: Shown;
};

export const emptyForm: PickForm = {
  search: '',
  limit: pageOfCourses,
  courses: [],
  points: {},
  labels: {},
  dates: { from: {}, due: {}, until: {} },
  zone: '',
  shown: 'iframe',
};

/** Opens a picker for a deep linking launch: its one-time ticket, bound to this launch, so that two tabs do not meet. */
export async function openPicker(ctx: Context, launch: Launch): Promise<string> {
  const { acceptTypes } = launch.deepLinking!;
  if (launch.role !== 'instructor')
    throw new Forbidden('pick-role', t('launch.pick.role.title'), { detail: t('launch.pick.role.detail') });
  if (!acceptTypes.includes('ltiResourceLink')) {
    const types = acceptTypes.join(', ').slice(0, 200);
    throw new Invalid('pick-types', t('launch.pick.types.title'), {
      detail: t('launch.pick.types.detail', { types }),
    });
  }
  return issue(ctx, 'pick', launch, pickSeconds);
}

/** The launch behind a picker that is still open. */
export async function pickerOf(ctx: Context, ticket: string): Promise<Launch> {
  const launch = await look<Launch>(ctx, 'pick', ticket);
  if (!launch) throw gone();
  await checkStillTrusted(ctx, launch);
  return launch;
}

/** What the page shows: the picked first, then what was found, each once. */
export async function pickerPage(
  ctx: Context,
  launch: Launch,
  ticket: string,
  form: PickForm,
  { fault, dates: dateFaults = {} }: Partial<PickFault> = {},
) {
  const settings = launch.deepLinking!;
  const door = { family: launch.platform.family, settings };
  const hasDates = takesDates(door);
  const limit = Math.min(Math.max(form.limit, pageOfCourses), mostCourses);
  const [picked, found] = await Promise.all([
    coursesOf(ctx, launch, form.courses),
    listCourses(ctx, launch.workspace, { search: form.search || undefined, limit }),
  ]);
  const rest = found.courses.filter(({ _id }) => !picked.some((course) => course._id === _id));
  const row = (course: CourseRecord, checked: boolean) => ({
    id: course._id,
    title: course.title,
    description: course.description.slice(0, 400),
    standard: course.standard,
    checked,
    points: form.points[course._id] ?? '100',
    label: takesLabel(door) ? (form.labels[course._id] ?? '') : undefined,
    dates: hasDates ? dateInputs(form, course._id, dateFaults[course._id]) : undefined,
  });
  return {
    ticket,
    fault,
    context: launch.context?.title ?? '',
    product: ctx.config.lti.title,
    many: settings.acceptMultiple,
    graded: takesLineItem(settings),
    shown: offersBoth(door) ? form.shown : undefined,
    zone: hasDates ? zoneOf(launch, form, dateFaults) : undefined,
    search: form.search,
    limit,
    more: found.nextCursor !== undefined && limit < mostCourses ? limit + pageOfCourses : undefined,
    rows: [...picked.map((course) => row(course, true)), ...rest.map((course) => row(course, false))],
    foundCount: found.courses.length,
  };
}

/** A form that is not right: the sentence above it, and what is wrong with which course's dates. */
export type PickFault = { fault: string; dates?: Record<string, DateFaults> };

export type Returning = { returnUrl: string; jwt: string };

/**
 * Sends what was picked back, once: the ticket is gone after this. A form that is not right comes back as the sentence
 * to show; the ticket stays.
 */
export async function returnPicks(
  ctx: Context,
  ticket: string,
  form: PickForm,
): Promise<Returning | PickFault> {
  const launch = await pickerOf(ctx, ticket);
  const settings = launch.deepLinking!;
  const wanted = settings.acceptMultiple ? form.courses : form.courses.slice(0, 1);
  if (wanted.length === 0) return { fault: t('launch.picker.fault.none') };
  const courses = await coursesOf(ctx, launch, wanted);
  if (courses.length < wanted.length) return { fault: t('launch.picker.fault.gone') };
  const picks: Pick[] = [];
  const dateFaults: Record<string, DateFaults> = {};
  for (const course of courses) {
    const typed = form.points[course._id] ?? '100';
    const points = readPoints(typed);
    if (points === undefined)
      return { fault: t('launch.picker.fault.points', { points: typed.slice(0, 40) }) };
    const { dates, faults } = datesFor(launch, form, course._id, points);
    if (Object.keys(faults).length > 0) dateFaults[course._id] = faults;
    picks.push({ course, points, label: form.labels[course._id]?.trim().slice(0, 255), dates });
  }
  if (Object.keys(dateFaults).length > 0) return { fault: t('launch.picker.fault.dates'), dates: dateFaults };
  const added =
    picks.length === 1
      ? t('launch.returning.added.one', { title: picks[0]!.course.title })
      : t('launch.returning.added.many', { count: picks.length });
  return send(ctx, ticket, picks, { message: added, shown: form.shown });
}

/** "Nothing picked" is an answer, too: no items (LTI DL 2.0 §4.5). */
export async function cancelPick(ctx: Context, ticket: string): Promise<Returning> {
  return send(ctx, ticket, []);
}

async function send(
  ctx: Context,
  ticket: string,
  picks: Pick[],
  { message, shown }: { message?: string; shown?: Shown } = {},
): Promise<Returning> {
  const launch = await take<Launch>(ctx, 'pick', ticket);
  if (!launch) throw gone();
  await checkStillTrusted(ctx, launch);
  const settings = launch.deepLinking!;
  const to = { platform: launch.platform._id, deploymentId: launch.deployment.deploymentId, settings };
  return deepLinkingResponse(
    ctx,
    to,
    picks.map((pick) => linkItem(ctx.config, { family: launch.platform.family, settings, shown }, pick)),
    { message },
  );
}

/** Points as people type them: "10", "2.5", "2,5"; nothing is 0, no grade. Undefined: not a number of points. */
export function readPoints(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return 0;
  if (!/^\d{1,6}(\.\d{1,4})?$/.test(text)) return undefined;
  const points = Number(text);
  return points <= 100_000 ? points : undefined;
}

async function coursesOf(ctx: Context, launch: Launch, ids: string[]): Promise<CourseRecord[]> {
  const found = await Promise.all(
    [...new Set(ids)].slice(0, 100).map((id) => findCourse(ctx, launch.workspace, id)),
  );
  return found.filter((course) => course !== undefined);
}

function gone(): AppError {
  return new AppError(410, 'pick-gone', t('launch.pick.gone.title'), {
    detail: t('launch.pick.gone.detail'),
  });
}
