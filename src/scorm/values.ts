import { parseInterval, parseTimespan } from './duration.ts';
import { isLanguage } from './languages.ts';

/** How a value fares: right, not of the type, or of the type but outside its range. */
export type Verdict = 'ok' | 'type' | 'range';

/** A type of values: its test, and how GetDiagnostic names it. */
export type ValueType = { says: string; test: (value: string) => Verdict };

const verdict = (right: boolean): Verdict => (right ? 'ok' : 'type');

/** Any string. Longer than the specification's smallest permitted maximum is kept: courses rely on it. */
export const text: ValueType = { says: 'a string', test: () => 'ok' };

/** One of these words, exactly. */
export function oneOf(...words: string[]): ValueType {
  const known = new Set(words);
  return {
    says: `one of ${words.map((word) => `"${word}"`).join(', ')}`,
    test: (value) => verdict(known.has(value)),
  };
}

const decimal = /^-?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})$/;

/** A number in decimal notation, as text; `undefined` if it is none. */
export function toNumber(value: string | undefined): number | undefined {
  return value !== undefined && decimal.test(value) ? Number(value) : undefined;
}

/** real(10,7) (RTE 4.1.1.5); more digits are kept, as the specification allows. */
export function real(min = -Infinity, max = Infinity): ValueType {
  const range = min === -Infinity ? '' : max === Infinity ? ` of at least ${min}` : ` from ${min} to ${max}`;
  return {
    says: `a number${range}`,
    test(value) {
      const number = toNumber(value);
      if (number === undefined) return 'type';
      return number >= min && number <= max ? 'ok' : 'range';
    },
  };
}

/** The same, or the empty string. */
export function orBlank(type: ValueType): ValueType {
  return { says: `${type.says}, or blank`, test: (value) => (value === '' ? 'ok' : type.test(value)) };
}

const integer = /^[+-]?\d{1,10}$/;

/** CMISInteger (RTE 1.2 3.4.2) within a range. */
export function whole(min: number, max: number): ValueType {
  return {
    says: `a whole number from ${min} to ${max}`,
    test(value) {
      if (!integer.test(value)) return 'type';
      return Number(value) >= min && Number(value) <= max ? 'ok' : 'range';
    },
  };
}

export const timespan: ValueType = {
  says: 'a time span such as 0000:12:30.50',
  test: (value) => verdict(parseTimespan(value) !== undefined),
};

export const interval: ValueType = {
  says: 'a time interval such as PT12M30.5S',
  test: (value) => verdict(parseInterval(value) !== undefined),
};

const clockTime = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,2})?$/;

/** CMITime of SCORM 1.2 (RTE 1.2 3.4.2): a time of day, HH:MM:SS.SS. */
export const timeOfDay: ValueType = {
  says: 'a time of day such as 14:05:59',
  test(value) {
    const parts = clockTime.exec(value);
    return verdict(parts !== null && Number(parts[1]) < 24 && Number(parts[2]) < 60 && Number(parts[3]) < 60);
  },
};

// time(second,10,2) (RTE 4.1.1.7): each part may end the value, and only hundredths of seconds may bear a time zone.
const moment =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.\d{1,2}(?:Z|[+-](\d\d)(?::(\d\d))?)?)?)?)?)?)?)?$/;

export const timestamp: ValueType = {
  says: 'a time such as 2004-04-01T15:21:45.5Z',
  test(value) {
    const parts = moment.exec(value);
    if (!parts) return 'type';
    const [year, month = 1, day = 1, h = 0, m = 0, s = 0, zoneH = 0, zoneM = 0] = parts
      .slice(1)
      .map((part: string | undefined) => (part === undefined ? undefined : Number(part)));
    const date =
      day >= 1 && month >= 1 && month <= 12 && day <= new Date(Date.UTC(year!, month, 0)).getUTCDate();
    return verdict(
      date && year! >= 1970 && year! <= 2038 && h < 24 && m < 60 && s < 60 && zoneH < 24 && zoneM < 60,
    );
  },
};

/** CMIIdentifier of SCORM 1.2. Spaces are taken: courses have them, and nothing is gained by losing their objectives. */
export const identifier12: ValueType = {
  says: 'an identifier',
  test: (value) => verdict(value.trim() !== ''),
};

// What a URI (RFC 2396) may not hold. Letters beyond ASCII are taken: an IRI is the URI people write.
// eslint-disable-next-line no-control-regex -- these are the characters to refuse
const notInUri = /[\s<>"{}|\\^`[\]\x00-\x1f\x7f]/;
const brokenEscape = /%(?![0-9A-Fa-f]{2})/;

/** short_identifier_type (RTE 4.1.1.3): a URI, here of any length. */
export function isShortIdentifier(value: string): boolean {
  return value !== '' && !notInUri.test(value) && !brokenEscape.test(value);
}

const urn = /^urn:/i;
const wholeUrn = /^urn:[a-z0-9][a-z0-9-]{1,31}:./i;

/** long_identifier_type (RTE 4.1.1.2): a URI; a URN must be a whole one. */
export const longIdentifier: ValueType = {
  says: 'an identifier (a URI without spaces)',
  test: (value) => verdict(isShortIdentifier(value) && (!urn.test(value) || wholeUrn.test(value))),
};

export const language: ValueType = {
  says: 'a language such as en or pt-BR',
  test: (value) => verdict(value === '' || isLanguage(value)),
};

/** localized_string_type (RTE 4.1.1.4): text, with `{lang=…}` before it or not. What is not closed is text. */
export function isLocalized(value: string): boolean {
  const end = value.indexOf('}');
  if (!value.startsWith('{lang=') || end < 0) return true;
  return isLanguage(value.slice('{lang='.length, end));
}

export const localized: ValueType = {
  says: 'a text, which may begin with {lang=…}',
  test: (value) => verdict(isLocalized(value)),
};
