import type { ActivityDefinition } from '../../scorm/course.ts';
import { short, type Findings } from '../errors.ts';
import { child, phrase, type Element } from './xml.ts';

/** What SCORM 1.2 says of an item (CAM 2.3.5.1.2): ADL's extensions to IMS's item. */
export function details12(item: Element, title: string, found: Findings): Partial<ActivityDefinition> {
  return {
    masteryScore: masteryScore(item, title, found),
    prerequisites: phrase(child(item, 'prerequisites')),
    maxTimeAllowed: phrase(child(item, 'maxtimeallowed')),
    timeLimitAction: phrase(child(item, 'timelimitaction'))?.toLowerCase(),
    dataFromLms: child(item, 'datafromlms')?.text || undefined,
  };
}

function masteryScore(item: Element, title: string, found: Findings): number | undefined {
  const written = phrase(child(item, 'masteryscore'));
  if (written === undefined) return undefined;
  const score = Number(written.replace(',', '.'));
  if (score >= 0 && score <= 100) return score;
  return void found.warn('masteryScore', { item: short(title), score: short(written) });
}
