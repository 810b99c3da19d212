import { formatTimespan } from './duration.ts';
import type { Element, Table } from './elements.ts';
import { plant } from './names.ts';
import {
  identifier12,
  language,
  oneOf,
  orBlank,
  real,
  text,
  timeOfDay,
  timespan,
  whole,
  type ValueType,
} from './values.ts';

// The SCORM 1.2 data model (RTE 1.2 3.4.4), all of it, mandatory and optional.

const string255: Element = { access: 'rw', type: text, default: '', spm: 255 };
const score: Element = { access: 'rw', type: orBlank(real(0, 100)), default: '' };
const statuses = ['passed', 'completed', 'failed', 'incomplete', 'browsed'];

/** Write-only elements of an interaction. */
const once = (type: ValueType, more: Partial<Element> = {}): Element => ({ access: 'w', type, ...more });

const table: Table = {
  elements: {
    'cmi._version': { access: 'r', isKeyword: true, default: '3.4' },

    'cmi.core.student_id': { access: 'r', given: ({ settings }) => settings.learner.id },
    'cmi.core.student_name': { access: 'r', given: ({ settings }) => settings.learner.name },
    'cmi.core.lesson_location': string255,
    'cmi.core.credit': {
      access: 'r',
      given: ({ settings }) => (settings.mode === 'normal' ? 'credit' : 'no-credit'),
    },
    'cmi.core.lesson_status': {
      access: 'rw',
      // "not attempted" is the LMS's to say: a course that is running has been attempted.
      type: oneOf(...statuses),
      given: ({ record }, _place, stored) => stored ?? record.assumed ?? 'not attempted',
    },
    'cmi.core.entry': { access: 'r', given: ({ record }) => record.entry ?? '' },
    'cmi.core.score.raw': score,
    'cmi.core.score.min': score,
    'cmi.core.score.max': score,
    'cmi.core.total_time': { access: 'r', given: ({ record }) => formatTimespan(record.totalTime) },
    'cmi.core.lesson_mode': { access: 'r', given: ({ settings }) => settings.mode },
    'cmi.core.exit': { access: 'w', type: oneOf('', 'time-out', 'suspend', 'logout') },
    'cmi.core.session_time': { access: 'w', type: timespan },

    'cmi.suspend_data': { ...string255, spm: 4096 },
    'cmi.launch_data': { access: 'r', given: ({ activity }) => activity.dataFromLms ?? '' },
    'cmi.comments': { ...string255, spm: 4096 },
    'cmi.comments_from_lms': { access: 'r', default: '' },

    'cmi.objectives.n.id': { access: 'rw', type: identifier12, default: '', spm: 255 },
    'cmi.objectives.n.score.raw': score,
    'cmi.objectives.n.score.min': score,
    'cmi.objectives.n.score.max': score,
    'cmi.objectives.n.status': {
      access: 'rw',
      type: oneOf(...statuses, 'not attempted'),
      default: 'not attempted',
    },

    'cmi.student_data.mastery_score': {
      access: 'r',
      given: ({ activity }) => String(activity.masteryScore ?? ''),
    },
    'cmi.student_data.max_time_allowed': {
      access: 'r',
      given: ({ activity }) => activity.maxTimeAllowed ?? '',
    },
    'cmi.student_data.time_limit_action': {
      access: 'r',
      given: ({ activity }) => activity.timeLimitAction ?? '',
    },

    'cmi.student_preference.audio': { access: 'rw', type: whole(-1, 100), default: '0' },
    'cmi.student_preference.language': { ...string255, type: { ...text, says: language.says } },
    'cmi.student_preference.speed': { access: 'rw', type: whole(-100, 100), default: '0' },
    'cmi.student_preference.text': { access: 'rw', type: whole(-1, 1), default: '0' },

    'cmi.interactions.n.id': once(identifier12, { spm: 255 }),
    'cmi.interactions.n.objectives.n.id': once(identifier12, { spm: 255 }),
    'cmi.interactions.n.time': once(timeOfDay),
    'cmi.interactions.n.type': once(
      oneOf('true-false', 'choice', 'fill-in', 'matching', 'performance', 'sequencing', 'likert', 'numeric'),
    ),
    'cmi.interactions.n.correct_responses.n.pattern': once(text, { spm: 255 }),
    'cmi.interactions.n.weighting': once(orBlank(real())),
    'cmi.interactions.n.student_response': once(text, { spm: 255 }),
    'cmi.interactions.n.result': once(either(oneOf('correct', 'wrong', 'unanticipated', 'neutral'), real())),
    'cmi.interactions.n.latency': once(timespan),
  },
  children: {
    cmi: 'core,suspend_data,launch_data,comments,comments_from_lms,objectives,student_data,student_preference,interactions',
    'cmi.core':
      'student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time',
    'cmi.core.score': 'raw,min,max',
    'cmi.objectives': 'id,score,status',
    'cmi.objectives.n.score': 'raw,min,max',
    'cmi.student_data': 'mastery_score,max_time_allowed,time_limit_action',
    'cmi.student_preference': 'audio,language,speed,text',
    'cmi.interactions': 'id,objectives,time,type,correct_responses,weighting,student_response,result,latency',
  },
};

function either(a: ValueType, b: ValueType): ValueType {
  return {
    says: `${a.says}, or ${b.says}`,
    test: (value) => (a.test(value) === 'ok' ? 'ok' : b.test(value)),
  };
}

export const rte12 = plant(table);
