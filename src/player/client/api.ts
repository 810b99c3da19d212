import type { Standard } from '../../scorm/course.ts';

type Call = (method: string, a?: unknown, b?: unknown) => string;

/**
 * The API object a course looks for: `window.API` (SCORM 1.2 RTE 3.3) or `window.API_1484_11` (2004 RTE 3.3). Only the one of the
 * course's standard: some drivers take the first they find. Plain functions of the length the standard gives them, that
 * work without `this`: courses copy them into variables.
 */
export function makeApi(
  standard: Standard,
  call: Call,
): Record<string, (a?: unknown, b?: unknown) => string> {
  const [prefix, last] = standard === 'scorm12' ? ['LMS', 'Finish'] : ['', 'Terminate'];
  const method = (name: string, make: (full: string) => (a?: unknown, b?: unknown) => string) => [
    prefix + name,
    make(prefix + name),
  ];
  const none = (full: string) => () => call(full);
  const one = (full: string) => (a: unknown) => call(full, a);
  const two = (full: string) => (a: unknown, b: unknown) => call(full, a, b);
  return Object.fromEntries([
    method('Initialize', one),
    method(last!, one),
    method('GetValue', one),
    method('SetValue', two),
    method('Commit', one),
    method('GetLastError', none),
    method('GetErrorString', one),
    method('GetDiagnostic', one),
  ]);
}

/** Puts it where courses look. One of the other standard is taken away: a new version may be of another. */
export function offerApi(standard: Standard, call: Call): void {
  const apis = window as { API?: unknown; API_1484_11?: unknown };
  delete apis.API;
  delete apis.API_1484_11;
  apis[standard === 'scorm12' ? 'API' : 'API_1484_11'] = makeApi(standard, call);
}
