/** An LMS's API as a SCORM run-time sees it, in memory: strict about what each standard knows, and it keeps every call. */
export type FakeLms = {
  api: Record<string, (...args: string[]) => string>;
  /** What it holds. */
  values: Record<string, string>;
  /** `set cmi.core.exit suspend`, `commit`, … */
  calls: string[];
  /** Answers `false` to the next commits. */
  refuseCommits: (count: number) => void;
};

const names = {
  scorm12: ['LMSInitialize', 'LMSGetValue', 'LMSSetValue', 'LMSCommit', 'LMSFinish', 'LMSGetLastError'],
  scorm2004: ['Initialize', 'GetValue', 'SetValue', 'Commit', 'Terminate', 'GetLastError'],
} as const;

const writable = {
  scorm12: {
    'cmi.core.lesson_status': /^(passed|completed|failed|incomplete|browsed)$/,
    'cmi.core.score.raw': /^\d{1,3}(\.\d+)?$/,
    'cmi.core.score.min': /^\d{1,3}(\.\d+)?$/,
    'cmi.core.score.max': /^\d{1,3}(\.\d+)?$/,
    'cmi.core.session_time': /^\d{2,4}:\d\d:\d\d(\.\d{1,2})?$/,
    'cmi.core.exit': /^(time-out|suspend|logout|)$/,
    'cmi.core.lesson_location': /^.{0,255}$/,
    'cmi.suspend_data': /^.{0,4096}$/s,
  },
  scorm2004: {
    'cmi.completion_status': /^(completed|incomplete|not attempted|unknown)$/,
    'cmi.success_status': /^(passed|failed|unknown)$/,
    'cmi.score.scaled': /^-?(0(\.\d+)?|1)$/,
    'cmi.score.raw': /^-?\d+(\.\d+)?$/,
    'cmi.score.min': /^-?\d+(\.\d+)?$/,
    'cmi.score.max': /^-?\d+(\.\d+)?$/,
    'cmi.progress_measure': /^(0(\.\d+)?|1)$/,
    'cmi.session_time': /^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?$/,
    'adl.nav.request': /^(exitAll|suspendAll)$/,
    'cmi.exit': /^(time-out|suspend|logout|normal|)$/,
    'cmi.location': /^.{0,1000}$/,
    'cmi.suspend_data': /^.{0,64000}$/s,
  },
} as const;

export function makeLms(standard: 'scorm12' | 'scorm2004', values: Record<string, string> = {}): FakeLms {
  const rules: Record<string, RegExp> = writable[standard];
  const calls: string[] = [];
  let open = false;
  let error = '0';
  let refusals = 0;
  const say = (ok: boolean, code: string) => {
    error = ok ? '0' : code;
    return ok ? 'true' : 'false';
  };
  const methods = [
    () => {
      calls.push('initialize');
      const first = !open;
      open = true;
      return say(first, standard === 'scorm12' ? '101' : '103');
    },
    (element: string) => {
      say(open, '301');
      return open ? (values[element] ?? '') : '';
    },
    (element: string, value: string) => {
      calls.push(`set ${element} ${value}`);
      const ok = open && typeof value === 'string' && (rules[element]?.test(value) ?? false);
      if (ok) values[element] = value;
      return say(ok, rules[element] ? '405' : '401');
    },
    () => {
      calls.push('commit');
      return say(open && refusals-- <= 0, '101');
    },
    () => {
      calls.push('finish');
      const was = open;
      open = false;
      return say(was, '301');
    },
    () => error,
  ];
  const api = Object.fromEntries(names[standard].map((name, i) => [name, methods[i]!])) as FakeLms['api'];
  return { api, values, calls, refuseCommits: (count) => void (refusals = count) };
}
