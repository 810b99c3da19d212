import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openArchive } from '../../src/packages/archive.ts';
import { InvalidPackage } from '../../src/packages/errors.ts';
import { limitsOf } from '../../src/packages/limits.ts';
import { readPackage } from '../../src/packages/read-package.ts';
import type { CourseDefinition } from '../../src/scorm/course.ts';
import type { Carried } from '../../src/scorm/engine.ts';
import { readCase } from './case.ts';
import { Difference } from './learner.ts';
import { playCase } from './play.ts';
import { readProperties } from './properties.ts';

export type Result = { name: string; difference?: string };

/** The names of the cases of a folder, in order. */
export function casesIn(folder: string): string[] {
  return readdirSync(join(folder, 'cases'))
    .filter((file) => file.endsWith('.properties'))
    .map((file) => file.slice(0, -'.properties'.length))
    .sort();
}

/**
 * Runs cases of a folder with `cases/CASE.properties`, `LMSTestPackage_CASE.zip` and `Commands.properties`. The parts of a case
 * (`OB-03a`, `OB-03b`, …) have one learner, who carries global objectives from one to the next: what comes before a wanted
 * part is played too.
 */
export async function runCases(
  folder: string,
  wanted: readonly string[] = casesIn(folder),
  done: (result: Result) => void = () => {},
): Promise<Result[]> {
  const words = new Map(
    readProperties(readFileSync(join(folder, 'Commands.properties'), 'latin1')).map(({ key, value }) => [
      key,
      value,
    ]),
  );
  const all = [...new Set([...casesIn(folder), ...wanted])].sort();
  const results: Result[] = [];
  let [family, carried]: [string, Carried] = ['', { objectives: {}, stores: {} }];
  for (const name of all) {
    const later = wanted.some((one) => familyOf(one) === familyOf(name) && one >= name);
    if (!later) continue;
    if (familyOf(name) !== family) [family, carried] = [familyOf(name), { objectives: {}, stores: {} }];
    const result: Result = { name };
    try {
      const path = join(folder, 'cases', `${name}.properties`);
      if (!existsSync(path)) throw new Difference(`there is no ${path}`);
      const found = readCase(name, readFileSync(path, 'latin1'), words);
      carried = await playCase(found, (part) => courseOf(folder, name + part), carried);
    } catch (error) {
      result.difference = (error as Error).message;
      if (!(error instanceof Difference)) result.difference ||= String(error);
    }
    if (!wanted.includes(name)) continue;
    results.push(result);
    done(result);
  }
  return results;
}

/** `OB-03b` → `OB-03`. */
const familyOf = (name: string) => name.replace(/[a-z]*$/, '');

/** The course of a package, through the reader the product has. */
async function courseOf(folder: string, name: string): Promise<CourseDefinition> {
  const path = join(folder, `LMSTestPackage_${name}.zip`);
  if (!existsSync(path)) throw new Difference(`its package is missing: ${path}`);
  const limits = limitsOf({ maxUploadBytes: 2048 * 1024 * 1024 });
  const archive = await openArchive(path, limits);
  try {
    return (await readPackage(archive, name, limits)).definition;
  } catch (error) {
    if (!(error instanceof InvalidPackage)) throw error;
    throw new Difference(`its package is refused: ${(error.faults ?? [error.message]).join('; ')}`);
  } finally {
    archive.close();
  }
}
