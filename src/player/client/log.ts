import { Refusal, type Ask } from './door.ts';

/** One line, as POST /play/log takes it. */
export type Line = {
  ms: number;
  kind: 'call' | 'event';
  name: string;
  activity?: string;
  element?: string;
  value?: string;
  result?: string;
  error?: string;
  /** Characters of a value that was cut. */
  length?: number;
};

/** What support wants to see of an attempt: every call of the course, and what happened in the player. */
export type Log = {
  /** Asked with every call of a course: nothing else is done while it is off. */
  readonly isOn: boolean;
  turn: (on: boolean) => void;
  /** `error`: the code that the call left. */
  called: (method: string, a: unknown, b: unknown, answer: string, error: string) => void;
  happened: (event: string, value?: string, error?: string) => void;
  /** What waits, now: the page may be going. Its last lines before the others. */
  flush: () => void;
};

type Batch = { batch: number; lines: Line[] };

type Options = {
  ask: Ask;
  launch: string;
  /** Its batches are numbered after this. */
  number: number;
  isOn: boolean;
  /** What is shown. */
  activity: () => string | undefined;
  /** Milliseconds of a clock that only goes on. */
  now: () => number;
  later: (work: () => void, ms: number) => void;
};

/** How long lines gather. */
const gather = 2_000;
const again = 10_000;
const longest = { value: 8_000, name: 500 };
/** In one request, and waiting altogether: a course may call thousands of times a second. */
const most = { lines: 200, characters: 80_000, waiting: 2_000 };
/** What a page that is going may still send: its saves need the rest of what keepalive carries (saver.ts). */
const lastWords = 4_000;

export function makeLog({ ask, launch, number, isOn: isOnNow, activity, now, later }: Options): Log {
  let isOn = isOnNow;
  let waiting: Line[] = [];
  let missed = 0;
  // A launch may be played more than once: the numbers go on.
  let batches = number;
  let onItsWay: Batch | undefined;
  let isSending = false;
  let isDue = false;

  const add = (line: Omit<Line, 'ms'>) => {
    if (waiting.length >= most.waiting) {
      waiting.shift();
      missed += 1;
    }
    const shown = activity();
    waiting.push({
      ms: time(),
      ...(shown === undefined ? {} : { activity: shown.slice(0, longest.name) }),
      ...line,
    });
    schedule(gather);
  };
  const time = () => Math.max(0, Math.round(now()));

  function schedule(ms: number): void {
    if (isDue || isSending) return;
    isDue = true;
    later(() => {
      isDue = false;
      void send();
    }, ms);
  }

  async function send(): Promise<void> {
    if (!isOn || isSending || (!onItsWay && waiting.length === 0)) return;
    onItsWay ??= { batch: ++batches, lines: takeFirst() };
    isSending = true;
    const wait = await deliver(onItsWay);
    isSending = false;
    if (wait === undefined) onItsWay = undefined;
    if (onItsWay || waiting.length > 0) schedule(wait ?? gather);
  }

  function takeFirst(): Line[] {
    const lines = first(waiting);
    waiting = waiting.slice(lines.length);
    if (missed === 0) return lines;
    const gap: Line = { ms: lines[0]!.ms, kind: 'event', name: 'missed', value: String(missed) };
    missed = 0;
    return [gap, ...lines];
  }

  const bodyOf = ({ batch, lines }: Batch) => JSON.stringify({ launch, batch, sent: time(), lines });

  /** Milliseconds after which it is to be sent again, under its number; undefined: it is through, or never will be. */
  async function deliver(batch: Batch): Promise<number | undefined> {
    try {
      await ask('log', bodyOf(batch));
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status >= 500 || error.status === 429) return again;
      // What is wanted no more, or what nobody takes, does not wait for better times.
      if (error.status === 409 || error.status === 401) turn(false);
      return undefined;
    }
  }

  function turn(on: boolean): void {
    if (on === isOn) return;
    isOn = on;
    waiting = [];
    onItsWay = undefined;
    missed = 0;
    if (on) add({ kind: 'event', name: 'joined' });
  }

  return {
    get isOn() {
      return isOn;
    },
    turn,
    called(method, a, b, answer, error) {
      // Its answer stands with each call; courses ask after every one.
      if (!isOn || method.endsWith('GetLastError')) return;
      const isNamed = method.endsWith('GetValue') || method.endsWith('SetValue');
      add({
        kind: 'call',
        name: method,
        ...(isNamed ? { element: asText(a).slice(0, longest.name) } : said(asText(a))),
        ...(method.endsWith('SetValue') ? said(asText(b)) : {}),
        result: answer.slice(0, longest.value),
        ...(error === '0' ? {} : { error }),
      });
    },
    happened(event, value, error) {
      if (!isOn) return;
      const wrong = error === undefined ? {} : { error: error.slice(0, 20) };
      add({ kind: 'event', name: event, ...(value === undefined ? {} : said(value)), ...wrong });
    },
    flush() {
      if (!isOn) return;
      const last = lastOf(waiting);
      // A page that is only hidden has time for the rest.
      waiting = waiting.slice(0, waiting.length - last.length);
      void send();
      if (last.length > 0)
        void ask('log', bodyOf({ batch: ++batches, lines: last }), true).catch(() => undefined);
    },
  };
}

/** As many lines from the front as one likes to send at once. */
function first(lines: Line[]): Line[] {
  let characters = 0;
  const end = lines.findIndex(({ value = '', result = '' }, i) => {
    characters += 200 + value.length + result.length;
    return i > 0 && (i >= most.lines || characters > most.characters);
  });
  return end < 0 ? lines : lines.slice(0, end);
}

/** The last of them, as many as a page that is going may still send. */
function lastOf(lines: Line[]): Line[] {
  let last = lines.slice(-20);
  while (last.length > 0 && JSON.stringify(last).length > lastWords) last = last.slice(1);
  return last;
}

function said(value: string): Pick<Line, 'value' | 'length'> {
  return value.length > longest.value
    ? { value: value.slice(0, longest.value), length: value.length }
    : { value };
}

/** Not by what an object says of itself: it has been asked once, and may say something else now. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'object' || typeof value === 'function' ? `[${typeof value}]` : String(value);
}
