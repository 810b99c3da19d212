import { Scorm12API, Scorm2004API } from 'scorm-again';
import type { Standard } from '../../../src/scorm/course.ts';
import { course12, course2004, play, sco } from '../courses.ts';
import type { Call } from './calls.ts';

/** What a call returned, and the error it left. */
export type Answer = { value: string; error: string };
/** An API with a course just opened in it. */
export type Engine = (call: Call) => Answer;

const twelve = course12(
  sco('one', {
    dataFromLms: 'seed=7',
    masteryScore: 80,
    maxTimeAllowed: '01:30:00',
    timeLimitAction: 'exit,message',
  }),
);
const four = course2004(sco('one', { dataFromLms: 'seed=7', objectives: [{ primary: true }] }));

const prefix = (standard: Standard) => (standard === 'scorm12' ? 'LMS' : '');
const nameOf = (standard: Standard, { method }: Call) =>
  standard === 'scorm12' && method === 'Terminate' ? 'LMSFinish' : prefix(standard) + method;

export function openOurs(standard: Standard): Engine {
  const { session } = play(standard === 'scorm12' ? twelve : four);
  session.open('one');
  return (call) => ({
    value: session.call(nameOf(standard, call), call.a, call.b),
    error: session.call(`${prefix(standard)}GetLastError`),
  });
}

type Api = Record<string, (a?: string, b?: string) => unknown>;

/** scorm-again with the same course, as its documentation has it: nothing but what a launch knows is set. */
export function openTheirs(standard: Standard): Engine {
  const api = (standard === 'scorm12' ? theirs12() : theirs2004()) as unknown as Api;
  return (call) => ({
    value: describeValue(() => api[nameOf(standard, call)]!(call.a, call.b)),
    error: String(api[`${prefix(standard)}GetLastError`]!()),
  });
}

function theirs12(): Scorm12API {
  const api = new Scorm12API({ logLevel: 'NONE' });
  Object.assign(api.cmi.core, { student_id: 'learner-1', student_name: 'Doe, Jane', entry: 'ab-initio' });
  Object.assign(api.cmi.core, { credit: 'credit', lesson_mode: 'normal' });
  Object.assign(api.cmi, { launch_data: 'seed=7' });
  Object.assign(api.cmi.student_data, {
    mastery_score: '80',
    max_time_allowed: '01:30:00',
    time_limit_action: 'exit,message',
  });
  return api;
}

function theirs2004(): Scorm2004API {
  const api = new Scorm2004API({ logLevel: 'NONE' });
  Object.assign(api.cmi, { learner_id: 'learner-1', learner_name: 'Doe, Jane', entry: 'ab-initio' });
  Object.assign(api.cmi, { credit: 'credit', mode: 'normal', launch_data: 'seed=7' });
  return api;
}

/** A course gets what is returned, whatever that is. */
function describeValue(call: () => unknown): string {
  try {
    const value = call();
    return typeof value === 'string' ? value : `(${typeof value})`;
  } catch {
    return '(throws)';
  }
}
