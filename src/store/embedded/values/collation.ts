/**
 * Text compared by a language's rules instead of by its bytes, with the rules that JavaScript's Intl brings (ICU, as in
 * MongoDB). https://www.mongodb.com/docs/manual/reference/collation/
 */
import type { Document } from 'bson';
import { StoreError } from '../faults/errors.ts';

export type Collation = {
  /** With every field filled in, as listIndexes shows it. */
  spec: Document;
  /** Two collations are the same when their names are. */
  name: string;
  /** Texts that are equal have the same fold: what indexes and sets of values hold. */
  fold: (text: string) => string;
  compare: (a: string, b: string) => number;
};

const known = new Map<string, Collation>();

/**
 * Reads the `collation` of a command, collection or index; undefined for none and for `simple` (by bytes).
 * @throws 2, 9, 14 for what is no collation or none that Intl can do
 */
export function readCollation(given: unknown): Collation | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== 'object' || Array.isArray(given))
    throw new StoreError(14, "BSON field 'collation' is the wrong type, expected type 'object'");
  const spec = complete(given as Document);
  if (spec['locale'] === 'simple') return undefined;
  const name = JSON.stringify(spec);
  let collation = known.get(name);
  if (!collation) known.set(name, (collation = make(spec, name)));
  return collation;
}

const defaults = {
  caseLevel: false,
  caseFirst: 'off',
  strength: 3,
  numericOrdering: false,
  alternate: 'non-ignorable',
  maxVariable: 'punct',
  normalization: false,
  backwards: false,
};

function complete(given: Document): Document {
  const { locale } = given;
  if (locale === undefined)
    throw new StoreError(40414, "BSON field 'collation.locale' is missing but a required field");
  for (const [name, value] of Object.entries(given)) {
    if (name === 'locale' || name === 'version') continue;
    const usual = Object.hasOwn(defaults, name) ? defaults[name as keyof typeof defaults] : undefined;
    if (usual === undefined)
      throw new StoreError(40415, `BSON field 'collation.${name}' is an unknown field.`);
    if (typeof value !== typeof usual)
      throw new StoreError(
        14,
        `BSON field 'collation.${name}' is the wrong type, expected '${typeof usual}'`,
      );
  }
  return { locale: locale as unknown, ...defaults, ...given, version: '57.1' };
}

const sensitivities = { 1: 'base', 2: 'accent', 3: 'variant' } as const;

function make(spec: Document, name: string): Collation {
  const refuse = (field: string) =>
    new StoreError(2, `Field '${field}' is invalid, or not supported by this store, in: ${name}`);
  if (typeof spec['locale'] !== 'string') throw refuse('locale');
  const locale = spec['locale'].replaceAll('_', '-');
  if (!isLocale(locale)) throw refuse('locale');
  const plain = sensitivities[spec['strength'] as keyof typeof sensitivities];
  if (!plain) throw refuse('strength');
  if (!['off', 'upper', 'lower'].includes(spec['caseFirst'])) throw refuse('caseFirst');
  if (!['non-ignorable', 'shifted'].includes(spec['alternate'])) throw refuse('alternate');
  if (spec['maxVariable'] !== 'punct') throw refuse('maxVariable');
  if (spec['backwards']) throw refuse('backwards');
  const withCase = plain === 'base' ? 'case' : 'variant';
  const collator = new Intl.Collator(locale, {
    sensitivity: spec['caseLevel'] ? withCase : plain,
    numeric: Boolean(spec['numericOrdering']),
    caseFirst: spec['caseFirst'] === 'off' ? 'false' : (spec['caseFirst'] as 'upper' | 'lower'),
    ignorePunctuation: spec['alternate'] === 'shifted',
  });
  return {
    spec,
    name,
    fold: foldBy(collator, Boolean(spec['numericOrdering'])),
    compare: (a, b) => collator.compare(a, b),
  };
}

function isLocale(locale: string): boolean {
  try {
    return Intl.Collator.supportedLocalesOf(locale).length > 0;
  } catch {
    return false;
  }
}

/** A letter with its marks. */
const letters = /\P{M}?\p{M}+|\P{M}/gsu;

/** Every letter becomes the simplest one that the collator holds equal to it. */
function foldBy(collator: Intl.Collator, numeric: boolean): (text: string) => string {
  const simplest = new Map<string, string>();
  const foldLetter = (letter: string) => {
    let found = simplest.get(letter);
    if (found === undefined) {
      found = simpler(letter).find((candidate) => collator.compare(candidate, letter) === 0) ?? letter;
      if (simplest.size < 10_000) simplest.set(letter, found);
    }
    return found;
  };
  return (text) => {
    const folded = text.normalize('NFC').replace(letters, foldLetter);
    return numeric
      ? folded.replace(/0+(?=\d)/g, (zeros, at: number) => (/\d/.test(folded[at - 1] ?? '') ? zeros : ''))
      : folded;
  };
}

function simpler(letter: string): string[] {
  const apart = letter.normalize('NFKD').replaceAll('ß', 'ss').replaceAll('ς', 'σ');
  const bare = apart.replace(/\p{M}/gu, '');
  const together = apart.normalize('NFC');
  return ['', bare.toLowerCase(), bare, together.toLowerCase(), together];
}
