import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Catalogue = Record<string, string>;

const catalogues = new Map<string, Catalogue>();

/** All texts of a language: `text/en/<room>.json`, each key prefixed with its room. A second language is a second folder. */
export function catalogue(language: string): Catalogue {
  const known = catalogues.get(language);
  if (known) return known;
  const folder = join(import.meta.dirname, 'text', language);
  const all: Catalogue = {};
  for (const file of readdirSync(folder)) {
    const texts = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Catalogue;
    for (const [key, text] of Object.entries(texts)) all[`${file.replace(/\.json$/, '')}.${key}`] = text;
  }
  catalogues.set(language, all);
  return all;
}

/** The text of a key, with `{name}` filled in. An unknown key is a mistake of ours, and says so. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = catalogue('en')[key];
  if (text === undefined) throw new Error(`No text for "${key}" in src/web/text/en`);
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}

/** The same where there may be none. */
export function findText(key: string, values: Record<string, string | number> = {}): string | undefined {
  return Object.hasOwn(catalogue('en'), key) ? t(key, values) : undefined;
}
