import type { Request, Response } from 'express';
import { listLinkLearners } from '../attempts/link-learners.ts';
import type { Context } from '../context.ts';
import { lmsOf } from '../lti/lms-name.ts';
import { sendAllAgain } from '../outbox/deliveries.ts';
import { t } from '../web/text.ts';
import { classOf, gradesOf, idsOf, type Classmate } from './class.ts';
import { csvOf } from './csv.ts';
import { fileNameOf } from './file-name.ts';
import { filters, isIn, named, pageOf, type Filter } from './finding.ts';
import type { Listing } from './forms.ts';
import { frameOf } from './frame.ts';
import { csvHead, csvRow, learnerRow, type Around } from './learner-row.ts';
import type { ClassList } from './members.ts';
import { show } from './show.ts';
import type { Visit } from './visits.ts';

const perPage = 50;

/** The list of the link's learners: who is where, and how far their grades are. */
export async function showLearners(
  ctx: Context,
  req: Request,
  res: Response,
  visit: Visit,
  wanted: Listing,
  said?: string,
): Promise<void> {
  const [found, frame] = await Promise.all([
    classOf(ctx, visit, { again: wanted.again === 'yes' }),
    frameOf(ctx, visit, 'learners'),
  ]);
  const among = named(found.everybody, wanted.search);
  const matching = among.filter((each) => isIn(wanted.show, each));
  const shown = pageOf(matching, wanted.page, perPage);
  const around = await aroundOf(ctx, visit, shown.rows);
  show(req, res, 'learners', {
    ...frame,
    said,
    search: wanted.search,
    show: wanted.show,
    tabs: filters
      .map((show) => ({ show, text: t(`teacher.show.${show}`), count: countOf(among, show) }))
      .filter(({ show, count }) => count > 0 || show === wanted.show || ['all', 'waiting'].includes(show)),
    notes: notesOf(found.why, around, frame.lms),
    isSlow: found.why !== undefined && found.why !== 'untold',
    everybody: found.everybody.length,
    graded: found.everybody.filter(({ did }) => did && did.grade !== 'none').length,
    undelivered: countOf(found.everybody, 'undelivered'),
    hasColumn: around.grades !== undefined,
    several: new Set(found.everybody.flatMap(({ did }) => did?.version ?? [])).size > 1,
    counted: found.everybody.some(({ did }) => did && (did.most > 0 || did.used > 1)),
    page: { ...shown, rows: shown.rows.map((each) => learnerRow(each, around)) },
  });
}

/** The same as a file: everybody who is found, on however many pages. */
export async function learnersFile(
  ctx: Context,
  visit: Visit,
  { search, show }: Listing,
): Promise<{ name: string; text: string }> {
  const { everybody } = await classOf(ctx, visit);
  const rows = named(everybody, search).filter((each) => isIn(show, each));
  const around = await aroundOf(ctx, visit, rows);
  return {
    name: fileNameOf(ctx, visit),
    text: csvOf([csvHead(), ...rows.map((each) => csvRow(each, around))]),
  };
}

/** Sends grades again: all that there are, or those that were given up. Answers how many. */
export async function sendGrades(
  ctx: Context,
  { link }: Visit,
  which: 'all' | 'undelivered',
): Promise<number> {
  const learners = (await listLinkLearners(ctx, link))
    .filter(({ grade }) => grade !== 'none' && (which === 'all' || grade === 'failed'))
    .map(({ learner }) => learner._id);
  const rows = await gradesOf(ctx, link, learners);
  return rows ? sendAllAgain(ctx, link.workspace, [...rows.values()]) : 0;
}

async function aroundOf(ctx: Context, { link, platform }: Visit, rows: Classmate[]): Promise<Around> {
  return {
    grades: await gradesOf(ctx, link, idsOf(rows)),
    isAverage: link.rules.keep === 'average' && link.rules.counts === 'score',
    lms: lmsOf(platform),
  };
}

function countOf(among: Classmate[], show: Filter): number {
  return among.filter((each) => isIn(show, each)).length;
}

/** What a teacher must know to read the list rightly. */
function notesOf(why: ClassList['why'], { grades }: Around, lms: string): { tone: string; text: string }[] {
  return [
    ...(why
      ? [{ tone: why === 'untold' ? 'info' : 'warning', text: t(`teacher.list.${why}`, { lms }) }]
      : []),
    ...(grades ? [] : [{ tone: 'info', text: t('teacher.noColumn', { lms }) }]),
  ];
}
