import { toNumber } from './values.ts';

// What was answered, whatever notation it came in: SCORM 2004 has marks of its own between parts (responses.ts), SCORM 1.2 commas
// and points (RTE 3.4.7). Courses write as they please: what fits no notation is taken as it is.

/** The parts of an answer, and what equal answers have in common. */
export type Answer = { parts: string[]; key: string };

/** Longer ones are cut: nobody reads more of an answer in a list. */
const longest = { response: 1_000, part: 300, parts: 50 };

/** Reads a response to a question of this type, or one of its correct patterns. */
export function answerOf(type: string | undefined, response: string): Answer {
  const { rest, isCaseKept, isAnyOrder } = settingsOf(cut(response));
  const parts = partsOf(type, rest).slice(0, longest.parts).map(shorten);
  const isSet = type === 'choice' || type === 'matching' || isAnyOrder;
  const compared =
    type === 'fill-in' || type === 'long-fill-in' ? parts.map((part) => fold(part, isCaseKept)) : parts;
  return { parts, key: (isSet ? compared.toSorted() : compared).join('\u0001') };
}

/**
 * How right a response was, from 0 to 1: by what the course says of it, else by the patterns it is compared with. Undefined where nobody
 * can say.
 */
export function creditOf(
  type: string | undefined,
  { response, result, correct }: { response?: string; result?: string; correct: string[] },
): number | undefined {
  if (result === 'correct') return 1;
  if (result === 'wrong' || result === 'incorrect') return 0;
  const estimated = result === undefined ? undefined : toNumber(result);
  if (estimated !== undefined) return Math.min(Math.max(estimated, 0), 1);
  if (result === 'neutral' || response === undefined || correct.length === 0) return undefined;
  return correct.some((pattern) => fits(type, response, pattern)) ? 1 : 0;
}

function fits(type: string | undefined, response: string, pattern: string): boolean {
  if (type === 'numeric' && pattern.includes('[:]')) return isWithin(response, pattern);
  const { isCaseKept } = settingsOf(pattern);
  const [given, right] = [answerOf(type, response), answerOf(type, pattern)];
  return isCaseKept
    ? given.parts.length === right.parts.length && given.parts.every((part, i) => part === right.parts[i])
    : given.key === right.key;
}

function isWithin(response: string, pattern: string): boolean {
  const value = toNumber(response.trim());
  const [low, high] = pattern.split('[:]').map((end) => toNumber(end.trim()));
  return value !== undefined && value >= (low ?? -Infinity) && value <= (high ?? Infinity);
}

/** The words in front that say how to compare (RTE 4.2.9.1). */
function settingsOf(text: string): { rest: string; isCaseKept: boolean; isAnyOrder: boolean } {
  const [front = ''] = /^(?:\{(?:lang|case_matters|order_matters)=[^}]{0,50}\})+/.exec(text) ?? [];
  return {
    rest: text.slice(front.length),
    isCaseKept: front.includes('{case_matters=true}'),
    isAnyOrder: front.includes('{order_matters=false}'),
  };
}

function partsOf(type: string | undefined, text: string): string[] {
  switch (type) {
    case 'true-false':
      return [truthOf(text.trim())];
    case 'numeric': {
      const value = toNumber(text.trim());
      return [value === undefined ? text.trim() : String(value)];
    }
    case 'choice':
    case 'sequencing':
      return listOf(text);
    case 'matching':
      return listOf(text).map((pair) => pairOf(pair).join(' – '));
    case 'fill-in':
    case 'performance':
      return text.split('[,]').map((part) => settingsOf(part).rest.replaceAll('[.]', ' – ').trim());
    default:
      return [text.trim()];
  }
}

function truthOf(text: string): string {
  if (/^(?:1|t|true|wahr|yes)$/i.test(text)) return 'true';
  return /^(?:0|f|false|no)$/i.test(text) ? 'false' : text;
}

/** Commas divide where SCORM 1.2 has them: between identifiers. In a sentence they do not. */
function listOf(text: string): string[] {
  const inside = /^\{([^{}]*)\}$/.exec(text.trim())?.[1] ?? text.trim();
  if (inside === '') return [];
  if (inside.includes('[,]')) return inside.split('[,]').map((part) => part.trim());
  const parts = inside.split(',').map((part) => part.trim());
  return parts.every((part) => /^\S+$/.test(part)) ? parts : [inside];
}

function pairOf(pair: string): string[] {
  if (pair.includes('[.]')) return pair.split('[.]').slice(0, 2);
  const at = pair.indexOf('.');
  return at > 0 && at < pair.length - 1 ? [pair.slice(0, at), pair.slice(at + 1)] : [pair];
}

function fold(text: string, isCaseKept: boolean): string {
  const words = text.replaceAll(/\s+/g, ' ').trim();
  return isCaseKept ? words : words.toLowerCase();
}

/** A piece of a text that was only cut out of it would keep all of it in memory. */
function cut(response: string): string {
  return response.length > longest.response
    ? Array.from(response.slice(0, longest.response)).join('')
    : response;
}

/** Also of what is no text: half a pair of surrogates cannot be written down. */
function shorten(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= longest.part ? whole : `${whole.slice(0, longest.part - 1).toWellFormed()}…`;
}
