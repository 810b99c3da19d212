import type { Inspected } from '../attempts/inspect.ts';
import type { LaunchRecord } from '../attempts/launch.model.ts';
import type { CompletionRule } from '../scorm/completion.ts';
import { parseInterval, parseTimespan } from '../scorm/duration.ts';
import type { ActivityReport } from '../scorm/report.ts';
import { t } from '../web/text.ts';
import { duration } from './duration.ts';
import { kindOf, readable } from './response.ts';
import { statusChip, statusOf } from './status.ts';
import { shorten } from '../web/shorten.ts';

/** Questions shown on the page; all of them are in the JSON. */
const mostInteractions = 200;

/** One attempt as a page shows it. */
export function attemptView(inspected: Inspected) {
  const { attempt, learner, link, course, version, reported, measured, activities } = inspected;
  const status = statusOf(attempt.progress);
  return {
    id: attempt._id,
    learner: shorten(learner.name || learner.email || t('display.nameless'), 100),
    email: learner.email && shorten(learner.email, 150),
    sub: shorten(learner.sub, 150),
    course: { id: course._id, title: shorten(course.title, 150), gone: course.removedAt !== undefined },
    version: version.number,
    number: attempt.number,
    others: inspected.siblings
      .filter(({ _id }) => _id !== attempt._id)
      .map(({ _id: id, number }) => ({ id, number })),
    graded: attempt.graded,
    where: shorten(
      [link.title || t(`display.link.${link.kind}`), link.context?.title].filter(Boolean).join(' · '),
      200,
    ),
    kind: t(`display.link.${link.kind}`),
    chip: statusChip(status),
    completion: t(`display.status.${attempt.progress.completion}`),
    success:
      attempt.progress.success === 'unknown' ? undefined : t(`display.status.${attempt.progress.success}`),
    rule: ruleText(attempt.completion),
    score: attempt.progress.score,
    measure: attempt.progress.measure,
    reported: duration(reported),
    measured: duration(measured),
    startedAt: attempt.startedAt,
    savedAt: attempt.savedAt,
    // A course that is passed and not through is not finished to anybody who reads it.
    finishedAt: attempt.progress.completion === 'completed' ? attempt.finishedAt : undefined,
    live: attempt.live,
    parts: activities.map(partRow),
    interactions: interactionRows(activities),
    moreInteractions: Math.max(0, countInteractions(activities) - mostInteractions),
    launches: inspected.launches.map((launch) => launchRow(launch, attempt.launch)),
  };
}

/** What completes it, in the words of the course's page. */
function ruleText(rule: CompletionRule | undefined): string | undefined {
  if (!rule || rule.by === 'course') return undefined;
  const words = t(`display.play.completion.${rule.by}`);
  if (rule.by === 'time')
    return `${words} ${Math.round((rule.seconds / 60) * 100) / 100} ${t('display.play.minutes.unit')}`;
  if (rule.by === 'score')
    return `${words} ${Math.round(rule.atLeast * 1e4) / 100} ${t('display.play.percent.unit')}`;
  return words;
}

function partRow(part: ActivityReport) {
  const { completion, success } = part;
  const status = success === 'unknown' ? completion : success;
  return {
    id: shorten(part.id, 100),
    title: shorten(part.title || part.id, 150),
    chip: statusChip(status),
    assumed: part.assumed === true,
    now: part.session && t(`display.session.${part.session}`),
    score: part.score,
    measure: part.measure,
    launches: part.launches,
    silent: part.kind === 'asset' || (part.launches > 0 && part.sessions === 0),
    asset: part.kind === 'asset',
    location: part.location && shorten(part.location, 200),
    suspendData: part.suspendData,
    reported: duration(part.reported),
    measured: duration(part.measured),
    objectives: part.objectives.slice(0, 100).map(({ id, description, completion, success, score }) => ({
      id: shorten(id, 200),
      description: description && shorten(description, 200),
      status: [completion, success].filter(Boolean).join(', '),
      score,
    })),
  };
}

function interactionRows(parts: ActivityReport[]) {
  const all = parts.flatMap(({ title, interactions }) =>
    interactions.map((each) => ({ ...each, part: title })),
  );
  return all.slice(0, mostInteractions).map((each) => ({
    part: parts.length > 1 ? shorten(each.part, 80) : undefined,
    id: shorten(each.id, 150),
    description: each.description && shorten(each.description, 300),
    type: kindOf(each.type),
    response: each.response === undefined ? undefined : shorten(readable(each.response), 300),
    correct: each.correct.slice(0, 10).map((pattern) => shorten(readable(pattern), 300)),
    result: each.result === undefined ? undefined : resultOf(each.result),
    latency: each.latency && timeIn(each.latency),
    at: each.at,
  }));
}

/** A course writes it as its standard has it: 00:00:41, or PT41S. */
function timeIn(latency: string): string {
  const seconds = parseTimespan(latency) ?? parseInterval(latency);
  return seconds === undefined ? shorten(latency, 30) : duration(seconds);
}

function countInteractions(parts: ActivityReport[]): number {
  return parts.reduce((sum, { interactions }) => sum + interactions.length, 0);
}

/** SCORM 1.2 says wrong, 2004 incorrect; a number is points. */
function resultOf(said: string): { text: string; tone: string } {
  const word = said === 'wrong' ? 'incorrect' : said;
  const known = ['correct', 'incorrect', 'unanticipated', 'neutral'].includes(word);
  return { text: known ? t(`display.question.is.${word}`) : shorten(said, 50), tone: toneOf(word) };
}

function toneOf(word: string): string {
  if (word === 'correct') return 'good';
  return word === 'incorrect' ? 'bad' : 'plain';
}

function launchRow(
  { _id, mode, createdAt, platformName, returnUrl }: LaunchRecord,
  live: string | undefined,
) {
  const from = platformName ?? (returnUrl && URL.canParse(returnUrl) ? new URL(returnUrl).host : undefined);
  return {
    mode: t(`display.launch.${mode}`),
    from: from && shorten(from, 100),
    at: createdAt,
    last: _id === live,
  };
}
