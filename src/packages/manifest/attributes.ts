import { attribute, type Element } from './xml.ts';

// Attributes of types that XML Schema knows.

/** Says an attribute `true`? */
export function isTrue(element: Element | undefined, name: string): boolean {
  return /^(true|1)$/i.test(attribute(element, name) ?? '');
}

/** Says an attribute `false`? */
export function isFalse(element: Element | undefined, name: string): boolean {
  return /^(false|0)$/i.test(attribute(element, name) ?? '');
}

/** A number within a range; undefined where there is none, or another. */
export function numberIn(
  element: Element | undefined,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const written = attribute(element, name);
  const value = Number(written?.replace(',', '.'));
  return written !== undefined && value >= min && value <= max ? value : undefined;
}

/** One of the words a schema allows, whatever its case. */
export function wordOf<Word extends string>(
  element: Element | undefined,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const written = attribute(element, name)?.toLowerCase();
  return words.find((word) => word.toLowerCase() === written);
}

/** The same object without what is undefined; undefined where nothing is left. */
export function withoutDefaults<T extends object>(value: T): T | undefined {
  const said = Object.entries(value).filter(([, one]) => one !== undefined);
  return said.length > 0 ? (Object.fromEntries(said) as T) : undefined;
}

/** An identifier of an objective: blanks, also those written as %20, are one blank, and none at the ends (ADL's suite, OB-02). */
export function identifier(written: string | undefined): string | undefined {
  return written?.replaceAll('%20', ' ').replace(/\s+/g, ' ').trim() || undefined;
}
