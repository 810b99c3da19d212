import type { ActivityDefinition, CourseDefinition } from '../../src/scorm/course.ts';
import type { EngineSettings, EngineState } from '../../src/scorm/engine.ts';
import { newState, openSession, type Session } from '../../src/scorm/player.ts';

/** A SCO, with whatever the test is about. */
export function sco(id: string, more: Partial<ActivityDefinition> = {}): ActivityDefinition {
  return {
    id,
    title: `Title of ${id}`,
    kind: 'sco',
    href: `${id}.html`,
    visible: true,
    children: [],
    ...more,
  };
}

export function cluster(
  id: string,
  children: ActivityDefinition[],
  more: Partial<ActivityDefinition> = {},
): ActivityDefinition {
  return { id, title: `Title of ${id}`, kind: 'cluster', visible: true, children, ...more };
}

export function course12(...children: ActivityDefinition[]): CourseDefinition {
  return { standard: 'scorm12', edition: '1.2', title: 'A course', root: cluster('org', children) };
}

export function course2004(...children: ActivityDefinition[]): CourseDefinition {
  return {
    standard: 'scorm2004',
    edition: '2004 4th Edition',
    title: 'A course',
    root: cluster('org', children),
  };
}

export const settings: EngineSettings = { learner: { id: 'learner-1', name: 'Doe, Jane' }, mode: 'normal' };

/** A session on a new attempt with its clock; `json` is its state as it would be stored. */
export function play(
  definition: CourseDefinition,
  state: EngineState = newState(definition),
  how: EngineSettings = settings,
): { session: Session; clock: { ms: number }; json: () => EngineState } {
  const clock = { ms: 0 };
  const session = openSession(definition, state, how, () => clock.ms);
  return { session, clock, json: () => JSON.parse(JSON.stringify(session.state)) as EngineState };
}

/** A session with one activity open and initialized. */
export function running(
  definition: CourseDefinition,
  id: string,
  state?: EngineState,
  how?: EngineSettings,
): ReturnType<typeof play> {
  const played = play(definition, state, how);
  played.session.open(id);
  played.session.call(definition.standard === 'scorm12' ? 'LMSInitialize' : 'Initialize', '');
  return played;
}

/** The same, and what each call answers with the error it leaves. */
export function asking(session: Session) {
  const prefix = session.call('LMSGetErrorString', '0') === 'No error' ? 'LMS' : '';
  const withError = (answer: string): [string, string] => [answer, session.call(`${prefix}GetLastError`)];
  return {
    get: (element: string) => withError(session.call(`${prefix}GetValue`, element)),
    set: (element: string, value: unknown) => withError(session.call(`${prefix}SetValue`, element, value)),
  };
}
