import type { LogLine } from '../attempts/log.model.ts';
import type { Standard } from '../scorm/course.ts';
import { errorText } from '../scorm/errors.ts';
import { t } from '../web/text.ts';
import { shorten } from '../web/shorten.ts';

// The log of an attempt as people read it, on a page and as text.

/** Characters of a value on the page; the JSON has more of it. */
const shown = 500;

export function logRow(line: LogLine, standard: Standard) {
  const { at, ms, kind, activity, error } = line;
  return {
    at: new Date(at),
    time: clockTime(at),
    since: ms === undefined ? undefined : sinceOpened(ms),
    kind,
    activity: activity && shorten(activity, 100),
    what: shorten(whatOf(line), shown + 100),
    result: line.result === undefined ? undefined : shorten(line.result, shown),
    error: error && { code: error, text: reasonOf(error, standard) },
    length: line.length,
  };
}

/** One line of text for each, as one pastes it into a message. */
export function logText(lines: LogLine[], standard: Standard): string {
  const text = lines.map((line) => {
    const { at, ms, activity, result, error, length } = line;
    const parts = [
      new Date(at).toISOString(),
      ms === undefined ? '' : sinceOpened(ms),
      activity ?? '',
      whatOf(line) + (result === undefined ? '' : ` -> ${JSON.stringify(result)}`),
      length === undefined ? '' : `(${length} characters)`,
      error ? `! ${error} ${reasonOf(error, standard)}` : '',
    ];
    return parts.join('\t').trimEnd();
  });
  return `${text.join('\n')}\n`;
}

/** `LMSSetValue("cmi.core.exit", "suspend")`, or what happened in a few words. */
function whatOf({ kind, name, element, value }: LogLine): string {
  if (kind === 'call')
    return `${name}(${[element, value].flatMap((text) => (text === undefined ? [] : JSON.stringify(text))).join(', ')})`;
  const known = kind === 'server' ? ['refused'] : events;
  const word = kind === 'server' ? 'refused' : name;
  const said = known.includes(word) ? t(`display.log.${word}`) : word;
  const more = kind === 'server' ? [name, element, value] : [element, value];
  return [said, more.filter(Boolean).join(' ')].filter(Boolean).join(': ');
}

/** What a player tells besides calls (player/client/log.ts). */
const events = [
  'opened',
  'shown',
  'asked',
  'closed',
  'left',
  'saved',
  'unsaved',
  'offline',
  'online',
  'hidden',
  'visible',
  'elsewhere',
  'expired',
  'missed',
  'joined',
  'script',
  'impossible',
];

function reasonOf(error: string, standard: Standard): string {
  return /^\d+$/.test(error) ? errorText(standard, error) : error;
}

function clockTime(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

function sinceOpened(ms: number): string {
  return `+${(ms / 1000).toFixed(3)}`;
}
