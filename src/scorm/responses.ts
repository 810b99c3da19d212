import { isLanguage } from './languages.ts';
import { isLocalized, isShortIdentifier, toNumber } from './values.ts';

// cmi.interactions.n.learner_response and correct_responses.n.pattern (RTE 4.2.9.1, 4.2.9.2): how each type of
// interaction writes them. More items than the smallest permitted maximum are kept.

/** The types of interactions, and how many correct responses each may have. */
export const interactionTypes: Record<string, { patterns: number }> = {
  'true-false': { patterns: 1 },
  choice: { patterns: Infinity },
  'fill-in': { patterns: Infinity },
  'long-fill-in': { patterns: Infinity },
  likert: { patterns: 1 },
  matching: { patterns: Infinity },
  performance: { patterns: Infinity },
  sequencing: { patterns: Infinity },
  numeric: { patterns: 1 },
  other: { patterns: 1 },
};

/** Types whose patterns must differ from one another: a choice is a set of sets, a sequencing a set of orders. */
export const distinctPatterns = new Set(['choice', 'sequencing']);

/** Is this a learner's response to an interaction of this type? */
export function isLearnerResponse(type: string, value: string): boolean {
  switch (type) {
    case 'true-false':
      return value === 'true' || value === 'false';
    case 'choice':
      return isChoice(value);
    case 'fill-in':
      return value.split('[,]').every(isLocalized);
    case 'long-fill-in':
      return isLocalized(value);
    case 'likert':
      return isShortIdentifier(value);
    case 'matching':
      // Nothing was matched: a bag may be empty, as a choice may.
      return value === '' || isMatching(value);
    case 'performance':
      return value.split('[,]').every((step) => isStep(step, () => true));
    case 'sequencing':
      return value.split('[,]').every(isShortIdentifier);
    case 'numeric':
      return toNumber(value) !== undefined;
    default:
      return true;
  }
}

/** Is this a pattern of correct responses to an interaction of this type? */
export function isPattern(type: string, value: string): boolean {
  const rest = withoutDelimiters(type, value);
  if (rest === undefined) return false;
  switch (type) {
    case 'fill-in':
      return rest.split('[,]').every(isLocalized);
    case 'matching':
      return isMatching(rest);
    case 'performance':
      return rest.split('[,]').every((step) => isStep(step, (answer) => isRange(answer) || isAnswer(answer)));
    case 'numeric':
      return isRange(value);
    default:
      return isLearnerResponse(type, rest);
  }
}

/** The delimiters that may stand before a whole pattern. (Before one string of a fill-in, `{lang=…}` belongs to that string.) */
const delimiters: Record<string, string[]> = {
  'fill-in': ['case_matters', 'order_matters'],
  'long-fill-in': ['case_matters', 'lang'],
  performance: ['order_matters'],
};

/** What is left when the delimiters are taken off the front, each once and in any order; undefined if one has a wrong value. */
function withoutDelimiters(type: string, value: string): string | undefined {
  let rest = value;
  const left = new Set(delimiters[type]);
  for (;;) {
    const name = [...left].find((candidate) => rest.startsWith(`{${candidate}=`));
    if (!name) return rest;
    const end = rest.indexOf('}');
    const setting = rest.slice(name.length + 2, Math.max(end, 0));
    if (name === 'lang' ? !isLanguage(setting) : setting !== 'true' && setting !== 'false') return undefined;
    left.delete(name);
    rest = rest.slice(end + 1);
  }
}

/** A set of identifiers, which may be empty. */
function isChoice(value: string): boolean {
  if (value === '') return true;
  const chosen = value.split('[,]');
  return chosen.every(isShortIdentifier) && new Set(chosen).size === chosen.length;
}

/** Pairs, `source[.]target`. */
function isMatching(value: string): boolean {
  return value.split('[,]').every((pair) => {
    const ends = pair.split('[.]');
    return ends.length === 2 && ends.every(isShortIdentifier);
  });
}

/** A step of a performance, `name[.]answer`, where either may be missing. */
function isStep(step: string, answer: (text: string) => boolean): boolean {
  const parts = step.split('[.]');
  const [name = '', done = ''] = parts;
  if (parts.length !== 2 || (name === '' && done === '')) return false;
  return (name === '' || isShortIdentifier(name)) && (done === '' || answer(done));
}

const isAnswer = (text: string) => !text.includes('[:]');

/** `min[:]max`, where either may be missing. */
function isRange(value: string): boolean {
  const ends = value.split('[:]');
  if (ends.length !== 2) return false;
  const [min, max] = ends.map(toNumber);
  if ((ends[0] !== '' && min === undefined) || (ends[1] !== '' && max === undefined)) return false;
  return min === undefined || max === undefined || min <= max;
}
