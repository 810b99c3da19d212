import type { Api } from './find-api.ts';
import type { Standard } from './settings.ts';

/** The session with the LMS, in four words. No method throws: an LMS's API may be of any age, and gone before us. */
export type Lms = {
  get: (element: string) => string;
  /** False: not taken. */
  set: (element: string, value: string) => boolean;
  commit: () => boolean;
  finish: () => boolean;
};

const methods = {
  scorm12: {
    initialize: 'LMSInitialize',
    get: 'LMSGetValue',
    set: 'LMSSetValue',
    commit: 'LMSCommit',
    finish: 'LMSFinish',
    error: 'LMSGetLastError',
  },
  scorm2004: {
    initialize: 'Initialize',
    get: 'GetValue',
    set: 'SetValue',
    commit: 'Commit',
    finish: 'Terminate',
    error: 'GetLastError',
  },
} as const;

/** "Already initialized": 101 is 1.2's general exception, which LMSs answer to it; 103 is 2004's own. */
const alreadyOpen = { scorm12: '101', scorm2004: '103' };

/** Begins the session; undefined when the LMS refuses. */
export function openLms(api: Api, standard: Standard): Lms | undefined {
  const name = methods[standard];
  function call(method: keyof typeof name, ...args: string[]): string {
    try {
      return String(api[name[method]]!(...args));
    } catch {
      return '';
    }
  }
  const did = (answer: string) => answer === 'true' || answer === '1';
  if (!did(call('initialize', '')) && call('error') !== alreadyOpen[standard]) return undefined;
  return {
    get: (element) => {
      const value = call('get', element);
      return value === 'undefined' || value === 'null' ? '' : value;
    },
    set: (element, value) => did(call('set', element, value)),
    commit: () => did(call('commit', '')),
    finish: () => did(call('finish', '')),
  };
}
