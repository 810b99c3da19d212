import type { Standard } from '../../../src/scorm/course.ts';
import { makeRandom, type Random } from '../../store/random.ts';

/** A call of the API without its prefix: `SetValue`, `cmi.location`, `3`. SCORM 1.2's LMSFinish is `Terminate` here. */
export type Call = { method: Method; a: string; b?: string };
export type Method = 'Initialize' | 'Terminate' | 'Commit' | 'GetValue' | 'SetValue';

const long = (length: number) => 'x'.repeat(length);

// Values at the edges of every type, right ones and wrong ones.
const values = {
  number:
    '0|1|-1|100|100.0|101|100.0000001|-0.5|0.5|.5|5.|-.5|1.0|1.01|-1.01|1e1|0x10|+1|NaN|Infinity||  | 1|1,5|12345678901234567890|1.12345678|--1|-|.|-2|007|1.5'.split(
      '|',
    ),
  word: 'passed|completed|failed|incomplete|browsed|not attempted|Passed|unknown||correct|wrong|incorrect|unanticipated|neutral|time-out|suspend|logout|normal|true-false|choice|fill-in|long-fill-in|matching|performance|sequencing|likert|numeric|other'.split(
    '|',
  ),
  level: '0|0.0|1|100|1000|1970|-1|.5|1e1|'.split('|'),
  result: 'correct|wrong|incorrect|unanticipated|neutral|0|-1.5|.5|1e1||Infinity'.split('|'),
  timespan:
    '00:00:00|0000:00:00.00|99:59:59.9|9999:59:59|9999:99:99|00:60:00|00:00:60|00:59:59.999|0:00:00|10:00|00000:00:00|24:00:00|aa:bb:cc|PT1H|00:99:59|'.split(
      '|',
    ),
  timeOfDay: '00:00:00|23:59:59|23:59:59.5|23:59:59.123|24:00:00|12:60:00|12:00:60|9:00:00|'.split('|'),
  interval:
    'PT0S|PT1H|P1Y2M3DT4H5M6.78S|P|PT|P1|P1W|PT1.234S|PT1.5H|PT.5S|P1DT|T1H|-PT1H|PT1M1H|P0Y|pt1h|PT9999999999S|00:00:01|'.split(
      '|',
    ),
  timestamp:
    '2004|2004-04|2004-04-01|2004-04-01T15|2004-04-01T15:21:45|2004-04-01T15:21:45.55|2004-04-01T15:21:45.555|2004-04-01T15:21:45Z|2004-04-01T15:21:45.5Z|2004-04-01T15:21:45.5+01:30|2004-04-01T15:21:45.5-25|2004-02-29|2005-02-29|2000-02-29|2100-02-29|2004-13-01|2004-04-31|1969-12-31|1970|2038|2039|2004-4-1|2004-04-01T24:00|2004-04-01T15:21Z|'.split(
      '|',
    ),
  text: [
    ...'|a|page 3|{lang=en}hi|{lang=en-US}hi|{lang=zz}hi|{lang=}hi|{lang=en hi|{case_matters=true}x|Größe|<b>&'.split(
      '|',
    ),
    ...[251, 256, 1001, 4097].map(long),
    '\n',
    '😀',
  ],
  id: [
    ...'a|obj-1|with space|urn:x|urn:example:q1|http://x.y/z?q#f|a<b|{a}|a%20b|a%2||  |1|a.b|a/b|Größe|a[,]b|toString|__proto__'.split(
      '|',
    ),
    long(256),
  ],
  language:
    '|en|en-US|eng|zz|x-klingon|i-klingon|x|en-|en-toolongsubtag|DE|e|Portuguese|sr-Latn-RS|qaa'.split('|'),
  response: [
    ...'true|false|t|0|1|a|a[,]b|a[,]a|a[,]|[,]a||a b|a[.]1|a[.]1[,]b[.]2|a[.]|[.]1|[.]|1[:]5|[:]5|1[:]|[:]|5[:]1|-3.5|{case_matters=true}car|{case_matters=maybe}car|{order_matters=false}car[,]boat|{case_matters=true}{order_matters=false}car|{order_matters=false}{case_matters=true}car|{lang=en}car|{lang=zz}car|{order_matters=false}s[.]1[:]5|s[.]5[:]1|s[.]a b|{order_matters=x}s[.]1'.split(
      '|',
    ),
    long(251),
    'line\nbreak',
  ],
  request:
    'continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_|choice|jump|{target=one}choice|{target=a.b}jump|{target=}choice|start|'.split(
      '|',
    ),
};
type Kind = keyof typeof values;

/** Every element, with the kind of values it is given. N: an index. */
const elements: Record<Standard, Record<string, Kind>> = {
  scorm12: {
    ...kinds(
      'text',
      'cmi._version cmi._children cmi.core._children cmi.core.student_id cmi.core.student_name cmi.core.lesson_location cmi.core.score._children cmi.suspend_data cmi.launch_data cmi.comments cmi.comments_from_lms cmi.objectives._children cmi.objectives._count cmi.objectives.N.score._children cmi.student_data._children cmi.student_data.time_limit_action cmi.student_preference._children cmi.student_preference.language cmi.interactions._children cmi.interactions._count cmi.interactions.N.objectives._count cmi.interactions.N.correct_responses._count',
    ),
    ...kinds(
      'word',
      'cmi.core.credit cmi.core.lesson_status cmi.core.entry cmi.core.lesson_mode cmi.core.exit cmi.objectives.N.status cmi.interactions.N.type',
    ),
    ...kinds(
      'number',
      'cmi.core.score.raw cmi.core.score.min cmi.core.score.max cmi.objectives.N.score.raw cmi.objectives.N.score.min cmi.objectives.N.score.max cmi.student_data.mastery_score cmi.student_preference.audio cmi.student_preference.speed cmi.student_preference.text cmi.interactions.N.weighting',
    ),
    ...kinds(
      'timespan',
      'cmi.core.total_time cmi.core.session_time cmi.student_data.max_time_allowed cmi.interactions.N.latency',
    ),
    ...kinds('timeOfDay', 'cmi.interactions.N.time'),
    ...kinds('result', 'cmi.interactions.N.result'),
    ...kinds('id', 'cmi.objectives.N.id cmi.interactions.N.id cmi.interactions.N.objectives.N.id'),
    ...kinds(
      'response',
      'cmi.interactions.N.student_response cmi.interactions.N.correct_responses.N.pattern',
    ),
  },
  scorm2004: {
    ...kinds(
      'text',
      'cmi._version cmi._children cmi.comments_from_learner._children cmi.comments_from_learner._count cmi.comments_from_learner.N.comment cmi.comments_from_learner.N.location cmi.comments_from_lms._children cmi.comments_from_lms._count cmi.comments_from_lms.N.comment cmi.interactions._children cmi.interactions._count cmi.interactions.N.objectives._count cmi.interactions.N.correct_responses._count cmi.interactions.N.description cmi.launch_data cmi.learner_id cmi.learner_name cmi.learner_preference._children cmi.location cmi.objectives._children cmi.objectives._count cmi.objectives.N.score._children cmi.objectives.N.description cmi.score._children cmi.suspend_data cmi.time_limit_action adl.data._count adl.data._children adl.nav.request_valid.continue adl.nav.request_valid.choice.{target=one} adl.nav.request_valid.choice.{target=a.b} adl.nav.request_valid.choice.one',
    ),
    ...kinds(
      'word',
      'cmi.completion_status cmi.credit cmi.entry cmi.exit cmi.interactions.N.type cmi.mode cmi.objectives.N.success_status cmi.objectives.N.completion_status cmi.success_status',
    ),
    ...kinds(
      'number',
      'cmi.completion_threshold cmi.interactions.N.weighting  cmi.learner_preference.audio_captioning cmi.objectives.N.score.scaled cmi.objectives.N.score.raw cmi.objectives.N.score.min cmi.objectives.N.score.max cmi.objectives.N.progress_measure cmi.progress_measure cmi.scaled_passing_score cmi.score.scaled cmi.score.raw cmi.score.min cmi.score.max',
    ),
    ...kinds('interval', 'cmi.interactions.N.latency cmi.session_time cmi.total_time cmi.max_time_allowed'),
    ...kinds('timestamp', 'cmi.comments_from_learner.N.timestamp cmi.interactions.N.timestamp'),
    ...kinds('id', 'cmi.objectives.N.id cmi.interactions.N.id cmi.interactions.N.objectives.N.id'),
    ...kinds('result', 'cmi.interactions.N.result'),
    ...kinds('level', 'cmi.learner_preference.audio_level cmi.learner_preference.delivery_speed'),
    ...kinds('language', 'cmi.learner_preference.language'),
    ...kinds(
      'response',
      'cmi.interactions.N.learner_response cmi.interactions.N.correct_responses.N.pattern',
    ),
    ...kinds('request', 'adl.nav.request'),
  },
};

/** Names that are none, or only nearly. */
const rubbish =
  '|cmi|adl|cmi.|.cmi|cmi..x|cmi.core|cmi.score|cmi.objectives|cmi.objectives.0|cmi.objectives.0.score|cmi.objectives.x.id|cmi.objectives.01.id|cmi.objectives.-1.id|cmi.objectives.1.5.id|cmi.objectives.1e3.id|cmi.objectives.1000000000.id|cmi.objectives.0.bogus|cmi.bogus|cmi.bogus.x|bogus|bogus.x|cmi.core.bogus|cmi.location.x|cmi.location._children|cmi.location._count|cmi.score._count|cmi.score._version|cmi.core._count|cmi.core.lesson_status._children|cmi._count|CMI.location|cmi.Location|__proto__|constructor|cmi.__proto__|cmi.constructor|cmi.interactions.__proto__.id|cmi.core.__proto__|adl.nav|adl.bogus|cmi.interactions.0.correct_responses|cmi.student_data.attempt_number|settings.lmsCommitUrl|toString'.split(
    '|',
  );

const types =
  'true-false choice fill-in long-fill-in likert matching performance sequencing numeric other'.split(' ');

function kinds(kind: Kind, names: string): Record<string, Kind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}

/** Random calls, the same for the same seed. Most stories begin as a course does; half of those have an interaction to answer. */
export function storyOf(standard: Standard, seed: number, length: number): Call[] {
  const random = makeRandom(seed);
  const names = Object.keys(elements[standard]);
  const next = () => oneCall(random, standard, names);
  return [...(random.chance(12) ? [] : beginning(random, standard)), ...Array.from({ length }, next)];
}

function beginning({ chance, pick }: Random, standard: Standard): Call[] {
  const set = (a: string, b: string): Call => ({ method: 'SetValue', a, b });
  const begin: Call[] = [{ method: 'Initialize', a: '' }];
  if (chance(2)) return begin;
  const response = standard === 'scorm12' ? 'student_response' : 'learner_response';
  const answers = Array.from({ length: 8 }, () =>
    set(
      `cmi.interactions.0.${pick([response, 'correct_responses.0.pattern', 'correct_responses.1.pattern'])}`,
      pick(values.response),
    ),
  );
  return [
    ...begin,
    set('cmi.objectives.0.id', 'o1'),
    set('cmi.interactions.0.id', 'q1'),
    set('cmi.interactions.0.type', pick(types)),
    ...answers,
  ];
}

function oneCall(random: Random, standard: Standard, names: string[]): Call {
  const { below, chance, pick } = random;
  const dice = below(40);
  if (dice === 0) return { method: chance(5) ? 'Terminate' : 'Commit', a: chance(5) ? 'x' : '' };
  if (dice === 1) return { method: 'Initialize', a: chance(5) ? 'x' : '' };
  const name = chance(8) ? pick(rubbish) : pick(names);
  const a = name.replace(/\bN\b/g, () => String(chance(6) ? below(4) : below(2)));
  if (dice < 14) return { method: 'GetValue', a };
  const kind = chance(10)
    ? pick(Object.keys(values) as Kind[])
    : Object.hasOwn(elements[standard], name)
      ? elements[standard][name]!
      : 'text';
  return { method: 'SetValue', a, b: pick(values[kind]) };
}
