import { parseInterval, parseTimespan } from './duration.ts';
import { leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import type { ActivityOutcome, ActivityState, EngineState } from './engine.ts';
import { outcomeOf } from './outcome.ts';
import { hundredths } from './time.ts';

// What is known of an attempt, for people to look at: only the engine reads its state.

export type ActivityReport = ActivityOutcome & {
  id: string;
  title: string;
  kind: 'sco' | 'asset';
  depth: number;
  /** Times its page was opened, and times it called Initialize. */
  launches: number;
  sessions: number;
  /** The page that is open now, or was last. */
  current: boolean;
  /** `open`: its page is, as far as we know; `suspended`: it goes on where it was left. */
  session?: 'open' | 'suspended';
  location?: string;
  /** Characters of suspend data. */
  suspendData: number;
  /** Seconds as the course reported them, and by our clock. */
  reported: number;
  measured: number;
  objectives: ObjectiveReport[];
  interactions: InteractionReport[];
};

export type ObjectiveReport = {
  id: string;
  description?: string;
  completion?: string;
  success?: string;
  /** As the course wrote it: scaled, else raw. */
  score?: string;
};

export type InteractionReport = {
  id: string;
  type?: string;
  description?: string;
  response?: string;
  correct: string[];
  result?: string;
  weighting?: string;
  latency?: string;
  at?: string;
};

/** Every part that has a page, in the order of the course, with all that is known of it. */
export function reportOf(definition: CourseDefinition, state: EngineState): ActivityReport[] {
  const visit = (activity: ActivityDefinition, depth: number): ActivityReport[] =>
    activity.kind === 'cluster'
      ? activity.children.flatMap((child) => visit(child, depth + 1))
      : [reportOn(definition, state, activity, depth)];
  return visit(definition.root, definition.root.kind === 'cluster' ? -1 : 0);
}

/** An interaction with the part of the course it is in. */
export type Asked = { activity: string; title: string; interaction: InteractionReport };

/** All interactions of an attempt, in the order of the course, and within a part in that of their recording. */
export function interactionsIn(definition: CourseDefinition, state: EngineState): Asked[] {
  return leavesOf(definition.root).flatMap(({ id, title }) => {
    const { cmi = {} } = (Object.hasOwn(state.activities, id) ? state.activities[id] : undefined) ?? {};
    return itemsOf(cmi, 'cmi.interactions').map((item) => ({
      activity: id,
      title,
      interaction: interactionOf(item),
    }));
  });
}

function reportOn(
  definition: CourseDefinition,
  state: EngineState,
  activity: ActivityDefinition,
  depth: number,
): ActivityReport {
  const { id, title } = activity;
  const record = Object.hasOwn(state.activities, id) ? state.activities[id] : undefined;
  const { cmi = {} } = record ?? {};
  const is12 = definition.standard === 'scorm12';
  return {
    id,
    title,
    kind: activity.kind === 'asset' ? 'asset' : 'sco',
    depth,
    ...outcomeOf(definition, state, activity),
    launches: record?.launches ?? 0,
    sessions: record?.sessions ?? 0,
    current: state.current === id,
    session: record && sessionOf(record),
    location: cmi[is12 ? 'cmi.core.lesson_location' : 'cmi.location'],
    suspendData: (cmi['cmi.suspend_data'] ?? '').length,
    ...timesOf(record, is12),
    objectives: itemsOf(cmi, 'cmi.objectives').map(objectiveOf),
    interactions: itemsOf(cmi, 'cmi.interactions').map(interactionOf),
  };
}

function sessionOf({ running, elapsed, suspended }: ActivityState): ActivityReport['session'] {
  if (elapsed !== undefined && running !== 'terminated') return 'open';
  return suspended ? 'suspended' : undefined;
}

function timesOf(record: ActivityState | undefined, is12: boolean) {
  if (!record) return { reported: 0, measured: 0 };
  const { cmi, seconds, measured, elapsed = 0 } = record;
  const session = is12
    ? parseTimespan(cmi['cmi.core.session_time'] ?? '')
    : parseInterval(cmi['cmi.session_time'] ?? '');
  return { reported: hundredths(seconds + (session ?? 0)), measured: hundredths(measured + elapsed) };
}

type Item = Record<string, string>;

/** The items of a collection, each with its elements by what follows the index. */
function itemsOf(cmi: Record<string, string>, collection: string): Item[] {
  const items: Item[] = [];
  for (const [name, value] of Object.entries(cmi)) {
    if (!name.startsWith(`${collection}.`)) continue;
    const [, index, element] = /^(\d+)\.(.+)$/.exec(name.slice(collection.length + 1)) ?? [];
    if (element) (items[Number(index)] ??= {})[element] = value;
  }
  return items.filter((item) => item !== undefined);
}

function objectiveOf(item: Item): ObjectiveReport {
  const status12 = item.status;
  return {
    id: item.id ?? '',
    description: item.description,
    completion: item.completion_status ?? status12,
    success: item.success_status,
    score: item['score.scaled'] ?? item['score.raw'],
  };
}

function interactionOf(item: Item): InteractionReport {
  return {
    id: item.id ?? '',
    type: item.type,
    description: item.description,
    response: item.learner_response ?? item.student_response,
    correct: itemsOf(item, 'correct_responses').flatMap(({ pattern }) => pattern ?? []),
    result: item.result,
    weighting: item.weighting,
    latency: item.latency,
    at: item.timestamp ?? item.time,
  };
}
