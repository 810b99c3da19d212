import type { PlatformRecord } from './platform.model.ts';
import { familyName } from './quirks.ts';

/** What people call the LMS: "Moodle"; else its name in our lists, without its host. */
export function lmsOf({ family, name }: Pick<PlatformRecord, 'family' | 'name'>): string {
  return familyName(family) ?? name.replace(/ \([^()]*\)$/, '');
}
