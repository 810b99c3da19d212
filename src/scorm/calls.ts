import type { Standard } from './course.ts';
import type { ActivityState } from './engine.ts';

// The calls of the API (RTE 1.2 3.3; RTE 2004 3.1), and when each has its turn.

/** Calls that have their turn. The others only ask about the last one. */
export type Turn = 'initialize' | 'terminate' | 'get' | 'set' | 'commit';
export type Method = Turn | 'lastError' | 'errorString' | 'diagnostic';

const names2004: Record<string, Method> = {
  Initialize: 'initialize',
  Terminate: 'terminate',
  GetValue: 'get',
  SetValue: 'set',
  Commit: 'commit',
  GetLastError: 'lastError',
  GetErrorString: 'errorString',
  GetDiagnostic: 'diagnostic',
};

/** What a name calls: `SetValue` and `LMSSetValue` the same. */
export const methods: ReadonlyMap<string, Method> = new Map([
  ...Object.entries(names2004),
  ...Object.entries(names2004).map(([name, method]): [string, Method] => [
    name === 'Terminate' ? 'LMSFinish' : `LMS${name}`,
    method,
  ]),
]);

/** What a call earns before Initialize and after Terminate, for each standard; and twice the same Initialize. */
const errors: Record<
  Standard,
  { before: Record<Turn, number>; again: number; after: Record<Turn, number>; failedCommit: number }
> = {
  scorm12: {
    before: { initialize: 101, terminate: 301, get: 301, set: 301, commit: 301 },
    again: 101,
    after: { initialize: 101, terminate: 301, get: 301, set: 301, commit: 301 },
    failedCommit: 101,
  },
  scorm2004: {
    before: { initialize: 102, terminate: 112, get: 122, set: 132, commit: 142 },
    again: 103,
    after: { initialize: 104, terminate: 113, get: 123, set: 133, commit: 143 },
    failedCommit: 391,
  },
};

/** What these leave when it is their turn and they cannot. */
export const failed = {
  initialize: (standard: Standard) => errors[standard].before.initialize,
  commit: (standard: Standard) => errors[standard].failedCommit,
};

/** The error of a call at the wrong time, and which time it is; an error of 0: it is its turn. */
export function outOfTurn(
  standard: Standard,
  running: ActivityState['running'],
  call: Turn,
): [error: number, why: string] {
  const { before, again, after } = errors[standard];
  switch (running) {
    case 'initialized':
      return [call === 'initialize' ? again : 0, 'Initialize was called before'];
    case 'terminated':
      return [after[call], 'The session has ended'];
    case 'opened':
      return [call === 'initialize' ? 0 : before[call], 'The session has not begun'];
    default:
      return [before[call], 'The session has not begun'];
  }
}
