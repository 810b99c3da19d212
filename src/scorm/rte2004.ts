import type { ActivityDefinition } from './course.ts';
import { formatInterval } from './duration.ts';
import { inItem, isTaken, type Element, type Place, type Run, type Table } from './elements.ts';
import { plant } from './names.ts';
import { distinctPatterns, interactionTypes, isLearnerResponse, isPattern } from './responses.ts';
import { mayContinue, mayGoBack, mayJump, obstacleToChoose } from './sequencing/possible.ts';
import { takeOver } from './sequencing/runtime.ts';
import { aside, type World } from './sequencing/world.ts';
import { completionOf, successOf } from './status2004.ts';
import { sequencingOf } from './upgrade.ts';
import {
  interval,
  language,
  localized,
  longIdentifier,
  oneOf,
  real,
  text,
  timestamp,
  type ValueType,
} from './values.ts';

// The SCORM 2004 4th Edition data model (RTE 4.2; SN 5.6 for adl.nav; RTE 4.3 for adl.data), all of it.

const rw = (type: ValueType, more: Partial<Element> = {}): Element => ({ access: 'rw', type, ...more });
const given = (value: NonNullable<Element['given']>): Element => ({ access: 'r', given: value });

const completions = oneOf('completed', 'incomplete', 'not attempted', 'unknown');
const successes = oneOf('passed', 'failed', 'unknown');
const afterId = { needs: ['id'] };

function unique(run: Run, place: Place, value: string): number {
  return isTaken(run, place, value) ? 351 : 0;
}

function pattern(run: Run, place: Place, value: string): number {
  const type = run.record.cmi[inItem(place, 'type')]!;
  if (place.items[1]!.index >= interactionTypes[type]!.patterns) return 351;
  if (!isPattern(type, value)) return 406;
  return distinctPatterns.has(type) && isTaken(run, place, value) ? 351 : 0;
}

function learnerResponse(run: Run, place: Place, value: string): number {
  return isLearnerResponse(run.record.cmi[inItem(place, 'type')]!, value) ? 0 : 406;
}

const table: Table = {
  elements: {
    'cmi._version': { access: 'r', isKeyword: true, default: '1.0' },

    'cmi.comments_from_learner.n.comment': rw(localized, { spm: 4000 }),
    'cmi.comments_from_learner.n.location': rw(text, { spm: 250 }),
    'cmi.comments_from_learner.n.timestamp': rw(timestamp),
    'cmi.comments_from_lms.n.comment': { access: 'r' },
    'cmi.comments_from_lms.n.location': { access: 'r' },
    'cmi.comments_from_lms.n.timestamp': { access: 'r' },

    'cmi.completion_status': rw(completions, { given: (run) => completionOf(run.activity, run.record) }),
    'cmi.completion_threshold': given(({ activity }) => decimal(activity.completionThreshold)),
    'cmi.credit': given(({ settings }) => (settings.mode === 'normal' ? 'credit' : 'no-credit')),
    'cmi.entry': given(({ record }) => record.entry ?? ''),
    'cmi.exit': { access: 'w', type: oneOf('time-out', 'suspend', 'logout', 'normal', '') },

    'cmi.interactions.n.id': rw(longIdentifier, { spm: 4000 }),
    'cmi.interactions.n.type': rw(oneOf(...Object.keys(interactionTypes)), {
      ...afterId,
      judgedWith: 'answers',
    }),
    'cmi.interactions.n.objectives.n.id': rw(longIdentifier, {
      ...afterId,
      rule: unique,
      judgedWith: 'objectives',
      spm: 4000,
    }),
    'cmi.interactions.n.timestamp': rw(timestamp, afterId),
    'cmi.interactions.n.correct_responses.n.pattern': rw(text, {
      needs: ['id', 'type'],
      rule: pattern,
      judgedWith: 'answers',
    }),
    'cmi.interactions.n.weighting': rw(real(), afterId),
    'cmi.interactions.n.learner_response': rw(text, {
      needs: ['id', 'type'],
      rule: learnerResponse,
      judgedWith: 'answers',
    }),
    'cmi.interactions.n.result': rw(result(), afterId),
    'cmi.interactions.n.latency': rw(interval, afterId),
    'cmi.interactions.n.description': rw(localized, { ...afterId, spm: 250 }),

    'cmi.launch_data': given(({ activity }) => activity.dataFromLms),
    'cmi.learner_id': given(({ settings }) => settings.learner.id),
    'cmi.learner_name': given(({ settings }) => settings.learner.name),

    'cmi.learner_preference.audio_level': rw(real(0), { default: '1' }),
    'cmi.learner_preference.language': rw(language, { default: '', spm: 250 }),
    'cmi.learner_preference.delivery_speed': rw(real(0), { default: '1' }),
    'cmi.learner_preference.audio_captioning': rw(oneOf('-1', '0', '1'), { default: '0' }),

    'cmi.location': rw(text, { spm: 1000 }),
    'cmi.max_time_allowed': given(({ activity }) => activity.maxTimeAllowed),
    'cmi.mode': given(({ settings }) => settings.mode),

    // Unique among the activity's objectives and never changed (RTE 4.2.17.1).
    'cmi.objectives.n.id': rw(longIdentifier, { fixed: 351, rule: unique, spm: 4000 }),
    'cmi.objectives.n.score.scaled': rw(real(-1, 1), afterId),
    'cmi.objectives.n.score.raw': rw(real(), afterId),
    'cmi.objectives.n.score.min': rw(real(), afterId),
    'cmi.objectives.n.score.max': rw(real(), afterId),
    'cmi.objectives.n.success_status': rw(successes, { ...afterId, default: 'unknown' }),
    'cmi.objectives.n.completion_status': rw(completions, { ...afterId, default: 'unknown' }),
    'cmi.objectives.n.progress_measure': rw(real(0, 1), afterId),
    'cmi.objectives.n.description': rw(localized, { ...afterId, spm: 250 }),

    'cmi.progress_measure': rw(real(0, 1)),
    'cmi.scaled_passing_score': given(({ activity }) => decimal(activity.scaledPassingScore)),
    'cmi.score.scaled': rw(real(-1, 1)),
    'cmi.score.raw': rw(real()),
    'cmi.score.min': rw(real()),
    'cmi.score.max': rw(real()),
    'cmi.session_time': { access: 'w', type: interval },
    'cmi.success_status': rw(successes, { given: (run) => successOf(run.activity, run.record) }),
    'cmi.suspend_data': rw(text, { spm: 64_000 }),
    'cmi.time_limit_action': given(({ activity }) => activity.timeLimitAction ?? 'continue,no message'),
    'cmi.total_time': given(({ record }) => formatInterval(record.totalTime)),

    'adl.nav.request': rw(navigation(), { default: '_none_' }),
    'adl.nav.request_valid.continue': given((run) => mayFlow(run, mayContinue)),
    'adl.nav.request_valid.previous': given((run) => mayFlow(run, mayGoBack)),
    'adl.nav.request_valid.choice.*': {
      ...given((run, place) => mayGo(run, place.rest!, true)),
      isRest: isTarget,
    },
    'adl.nav.request_valid.jump.*': {
      ...given((run, place) => mayGo(run, place.rest!, false)),
      isRest: isTarget,
    },
    ...Object.fromEntries(
      ['exit', 'exitAll', 'abandon', 'abandonAll', 'suspendAll'].map((way) => [
        `adl.nav.request_valid.${way}`,
        given(() => 'true'),
      ]),
    ),

    'adl.data.n.id': given((run, place) => store(run, place).target),
    'adl.data.n.store': {
      access: 'rw',
      type: text,
      spm: 64_000,
      elsewhere: {
        mayRead: (run, place) => store(run, place).read !== false,
        mayWrite: (run, place) => store(run, place).write !== false,
        // A store that was emptied has no value again.
        get: (run, place) => run.state.shared?.[store(run, place).target] || undefined,
        set: (run, place, value) => void (shared(run)[store(run, place).target] = value),
      },
    },
  },
  children: {
    'cmi.comments_from_learner': 'comment,location,timestamp',
    'cmi.comments_from_lms': 'comment,location,timestamp',
    'cmi.interactions':
      'id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description',
    'cmi.learner_preference': 'audio_level,language,delivery_speed,audio_captioning',
    'cmi.objectives': 'id,score,success_status,completion_status,progress_measure,description',
    'cmi.objectives.n.score': 'scaled,raw,min,max',
    'cmi.score': 'scaled,raw,min,max',
    'adl.data': 'id,store',
  },
  counts: { 'adl.data': ({ activity }) => activity.data?.length ?? 0 },
};

/** A number of the manifest as a course expects it: 1 → `1.0`. */
function decimal(value: number | undefined): string | undefined {
  return value === undefined || !Number.isInteger(value) ? value?.toString() : `${value}.0`;
}

/** cmi.interactions.n.result: a word, or a number. */
function result(): ValueType {
  const words = oneOf('correct', 'incorrect', 'unanticipated', 'neutral');
  const number = real();
  return {
    says: `${words.says}, or ${number.says}`,
    test: (value) => (words.test(value) === 'ok' ? 'ok' : number.test(value)),
  };
}

/** adl.nav.request (SN 5.6.4): a word, or `{target=ID}choice`, `{target=ID}jump`. */
function navigation(): ValueType {
  const words = oneOf(
    'continue',
    'previous',
    'exit',
    'exitAll',
    'abandon',
    'abandonAll',
    'suspendAll',
    '_none_',
  );
  return {
    says: `${words.says}, or {target=ID}choice, or {target=ID}jump`,
    test: (value) => (targetOf(value) === undefined ? words.test(value) : 'ok'),
  };
}

const targeted = /^\{target=([^{}]+)\}(?:choice|jump)$/;

/** The activity that `{target=ID}choice` or `{target=ID}jump` names. */
export function targetOf(request: string): string | undefined {
  return targeted.exec(request)?.[1];
}

/** request_valid.continue and .previous: would the request be valid, with what the course has said by now? */
function mayFlow(run: Run, way: (world: World) => boolean): string {
  return String(way(upToDate(run)));
}

/** `{target=ID}`, of any ID: with dots, and with slashes. */
function isTarget(rest: string): boolean {
  return /^\{target=[^{}]+\}$/.test(rest);
}

/** request_valid.choice and .jump: may one go to `{target=ID}`? */
function mayGo(run: Run, rest: string, byChoice: boolean): string {
  const world = upToDate(run);
  const target = world.tree.byId.get(rest.slice('{target='.length, -1));
  if (!target) return 'false';
  return String(byChoice ? obstacleToChoose(world, target) === undefined : mayJump(world, target));
}

/** A sequencer's world aside, which knows what the running activity has said so far: to ask changes nothing. */
function upToDate({ definition, state, activity, record }: Run): World {
  const world = sequencingOf(definition, state)!;
  const running = world.tree.byId.get(activity.id)!;
  const asIf = aside(world, running);
  takeOver(asIf, running, record);
  return asIf;
}

function store({ activity }: Run, place: Place): NonNullable<ActivityDefinition['data']>[number] {
  return activity.data![place.items[0]!.index]!;
}

function shared({ state }: Run): Record<string, string> {
  return (state.shared ??= Object.create(null) as Record<string, string>);
}

export const rte2004 = plant(table);
