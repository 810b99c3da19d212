import type { Standard } from './course.ts';

/** What the run-time answers in each case: the numbers of one standard (RTE 1.2 3.3.6; RTE 2004 3.1.7). */
export type Codes = {
  /** Names no element; `depth` of its parts are known. */
  unknown: (depth: number) => number;
  /** Names a container, which has no value of its own. */
  container: number;
  /** `_children` of what has none, `_count` of what is no collection, `_version` of what has none. */
  keyword: { _children: number; _count: number; _version: number };
  setKeyword: number;
  /** An index beyond the last item (get), or beyond the one after it (set). */
  index: { get: number; set: number };
  readOnly: number;
  writeOnly: number;
  type: number;
  range: number;
  /** An element that has no value yet. 0: it reads as the empty string. */
  unset: number;
  /** Something else must be set first. */
  dependency: number;
  /** A value larger than we take. */
  tooLarge: number;
  empty: { get: number; set: number };
};

export const codes: Record<Standard, Codes> = {
  scorm12: {
    // ADL's test suite: 401 for an unknown category (cmi.bogus.x), 201 for an unknown element inside a known one.
    unknown: (depth) => (depth < 2 ? 401 : 201),
    container: 201,
    keyword: { _children: 202, _count: 203, _version: 401 },
    setKeyword: 402,
    index: { get: 201, set: 201 },
    readOnly: 403,
    writeOnly: 404,
    type: 405,
    // SCORM 1.2 has no code for a value out of range.
    range: 405,
    unset: 0,
    dependency: 201,
    tooLarge: 405,
    empty: { get: 201, set: 201 },
  },
  scorm2004: {
    unknown: () => 401,
    container: 401,
    keyword: { _children: 301, _count: 301, _version: 301 },
    setKeyword: 404,
    index: { get: 301, set: 351 },
    readOnly: 404,
    writeOnly: 405,
    type: 406,
    range: 407,
    unset: 403,
    dependency: 408,
    tooLarge: 351,
    empty: { get: 301, set: 351 },
  },
};

const texts: Record<Standard, Record<string, string>> = {
  scorm12: {
    0: 'No error',
    101: 'General exception',
    201: 'Invalid argument error',
    202: 'Element cannot have children',
    203: 'Element not an array - cannot have count',
    301: 'Not initialized',
    401: 'Not implemented error',
    402: 'Invalid set value, element is a keyword',
    403: 'Element is read only',
    404: 'Element is write only',
    405: 'Incorrect data type',
  },
  scorm2004: {
    0: 'No Error',
    101: 'General Exception',
    102: 'General Initialization Failure',
    103: 'Already Initialized',
    104: 'Content Instance Terminated',
    111: 'General Termination Failure',
    112: 'Termination Before Initialization',
    113: 'Termination After Termination',
    122: 'Retrieve Data Before Initialization',
    123: 'Retrieve Data After Termination',
    132: 'Store Data Before Initialization',
    133: 'Store Data After Termination',
    142: 'Commit Before Initialization',
    143: 'Commit After Termination',
    201: 'General Argument Error',
    301: 'General Get Failure',
    351: 'General Set Failure',
    391: 'General Commit Failure',
    401: 'Undefined Data Model Element',
    402: 'Unimplemented Data Model Element',
    403: 'Data Model Element Value Not Initialized',
    404: 'Data Model Element Is Read Only',
    405: 'Data Model Element Is Write Only',
    406: 'Data Model Element Type Mismatch',
    407: 'Data Model Element Value Out Of Range',
    408: 'Data Model Dependency Not Established',
  },
};

/** What GetErrorString answers: the text of a code, and nothing for a code the standard does not know. */
export function errorText(standard: Standard, code: string): string {
  return Object.hasOwn(texts[standard], code) ? texts[standard][code]! : '';
}
