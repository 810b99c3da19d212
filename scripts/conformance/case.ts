import { readProperties, type Line } from './properties.ts';

// The grammar of ADL's cases: `ActNVm.commands.i=METHOD->argument->result->error` is what the page of activity N does on its
// m-th visit and what it must be answered, `UIQ` and `UIA` what the controls must look like, `CUI` what the learner does next.
// Words are abbreviated; Commands.properties has them in full.

/** One call of a page. `element` may hold `&id&`: the index of the objective or store with that id. */
export type Command =
  | { what: 'call'; method: string; argument: string; result: string; error: string }
  | { what: 'get'; element: string; type?: string; result: string; error: string }
  | { what: 'set'; element: string; value: string; result: string; error: string }
  /** The ids of the objectives there must be, and no others. */
  | { what: 'objectives'; ids: string[] };

export type Question = { asked: string; answer: 'Y' | 'N' };

export type Visit = {
  activity: string;
  /** The part of a case of several packages: `DDM`, `a` → LMSTestPackage_DDMa.zip. */
  part: string;
  visit: number;
  commands: { command: Command; line: Line }[];
  questions: Question[];
  /** What the learner does when the page has ended. */
  next?: { does: string; line: Line };
};

export type Case = {
  name: string;
  /** What the learner opens first: `.` leaves it to the course; else the title of an activity, or of a package. */
  start: string;
  visits: Visit[];
};

/** A line that says nothing we know: whatever it expects, it must not go unnoticed. */
export class UnknownLine extends Error {
  constructor({ key, value, number }: Line, why: string) {
    super(`line ${number}: ${why}: ${`${key}=${value}`.slice(0, 120)}`);
  }
}

/** What these say is for the reader of ADL's pages. Their words are known all the same. */
const remarks: Record<string, RegExp> = {
  seqInfo: /^/,
  UserInterAct: /^[\w~]*$/,
  purpose: /^purpose\w+(~\w+)*$/,
  RTDInit: /^[\w~+]*$/,
  TT: /^\w+TT(~\w+TT)*$/,
  end: /^end\w+$/,
};

export function readCase(name: string, text: string, words: ReadonlyMap<string, string>): Case {
  const found: Case = { name, start: '.', visits: [] };
  const questions = new Map<Visit, { asked?: string[]; answers?: string[]; line: Line }>();
  for (const line of readProperties(text)) {
    const { key, value } = line;
    const act = /^Act(\d+)([a-z]?)V(\d+)\.(?:commands\.(\d+)|(CUI|UIQ|UIA))$/.exec(key);
    if (act) {
      const visit = visitOf(found, act[1]!, act[2]!, Number(act[3]), line);
      if (act[4] !== undefined) visit.commands.push({ command: commandOf(line, words), line });
      else if (act[5] === 'CUI') {
        if (visit.next) throw new UnknownLine(line, 'a second thing to do');
        visit.next = { does: value, line };
      } else {
        const asked = questions.get(visit) ?? { line };
        asked[act[5] === 'UIQ' ? 'asked' : 'answers'] = value.split('~');
        questions.set(visit, asked);
      }
    } else if (key === 'title') {
      if (value !== name) throw new UnknownLine(line, `the case is ${name}`);
    } else if (key === 'start') {
      found.start = value;
    } else if (!remarks[key]?.test(value)) {
      throw new UnknownLine(line, 'nobody knows what this means');
    }
  }
  for (const [visit, { asked = [], answers = [], line }] of questions) {
    if (asked.length !== answers.length || answers.some((answer) => answer !== 'Y' && answer !== 'N'))
      throw new UnknownLine(line, 'as many answers as questions are wanted, each Y or N');
    visit.questions = asked.map((question, i) => ({ asked: question, answer: answers[i] as 'Y' | 'N' }));
  }
  if (found.visits.length === 0) throw new Error('the case visits no activity');
  return found;
}

/** The lines of one visit stand together. */
function visitOf({ visits }: Case, activity: string, part: string, visit: number, line: Line): Visit {
  const is = (one: Visit) => one.activity === activity && one.part === part && one.visit === visit;
  const last = visits.at(-1);
  if (last && is(last)) return last;
  if (visits.some(is)) throw new UnknownLine(line, 'this visit is over');
  visits.push({ activity, part, visit, commands: [], questions: [] });
  return visits.at(-1)!;
}

const calls: Record<string, string> = {
  doInitialize: 'Initialize',
  doTerminate: 'Terminate',
  doCommit: 'Commit',
  doGetErrorString: 'GetErrorString',
  doGetLastError: 'GetLastError',
  doGetDiagnostic: 'GetDiagnostic',
};

function commandOf(line: Line, words: ReadonlyMap<string, string>): Command {
  const say = (word: string) => words.get(word) ?? word;
  // One line of DMI has lost its method. What it names and expects says that it is a GET.
  const text = /^[ca]~/.test(line.value) ? `GET->${line.value}` : line.value;
  const [method = '', ...parts] = text.split('->');
  const name = say(method);
  if (name === 'compareObjIds') return { what: 'objectives', ids: parts.join('->').split(',') };
  if (parts.length < 3) throw new UnknownLine(line, 'a result and an error are wanted');
  // A value that is set may hold an arrow; so may one that is got. One line of DDM has an error code too many.
  if (name === 'doSetValue' && parts.length > 3 && /^\d+$/.test(parts.at(-3)!)) parts.splice(-3, 1);
  const values = name === 'doSetValue' ? parts.length - 2 : 1;
  const [argument, answer] = [parts.slice(0, values).join('->'), parts.slice(values)];
  const [result, error] = [say(answer.slice(0, -1).join('->')), answer.at(-1)!.trim()];
  const cut = argument.indexOf('!');
  const [element, rest] = cut < 0 ? [argument, undefined] : [argument.slice(0, cut), argument.slice(cut + 1)];
  if (calls[name]) return { what: 'call', method: calls[name], argument: say(argument), result, error };
  if (name === 'doGetValue')
    return { what: 'get', element: elementOf(element, say), type: rest && say(rest), result, error };
  if (name === 'doSetValue') {
    if (rest === undefined) throw new UnknownLine(line, 'a value to set is wanted');
    return { what: 'set', element: elementOf(element, say), value: valueOf(rest, say), result, error };
  }
  throw new UnknownLine(line, `an unknown command, ${name}`);
}

/** `c~OB~0~ID` → `cmi.objectives.0.id`; `a~n~rv~TY.c~tar~one` → `adl.nav.request_valid.choice.{target=one}`. */
function elementOf(name: string, say: (word: string) => string): string {
  const parts = name.split('~');
  const target = parts.indexOf('tar');
  const tail = target > 0 ? [`{target=${parts.splice(target).slice(1).join('~')}}`] : [];
  return [...parts.map((part) => (part.startsWith('&') ? part : say(part))), ...tail].join('.');
}

/** `tar~one~TY.c` → `{target=one}choice`. */
function valueOf(value: string, say: (word: string) => string): string {
  const targeted = /^tar~(.*)~([^~]*)$/.exec(value);
  return targeted ? `{target=${targeted[1]}}${say(targeted[2]!)}` : say(value);
}
