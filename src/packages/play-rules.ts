import { Schema } from 'mongoose';
import type { CompletionRule } from '../scorm/completion.ts';

/** How a course is played. A course has its own; a link may say otherwise, rule by rule. */
export type PlayRules = {
  /** Where it plays: in the LMS's page, or in a window of its own. */
  window: 'here' | 'new';
  /** The most attempts a learner may make on a link; 0: as many as they like. */
  attempts: number;
  /** When a learner may start again instead of going on: never, once the last attempt is finished, or whenever they like. */
  again: 'never' | 'finished' | 'always';
  completion: CompletionRule;
};

export const usualPlayRules: PlayRules = {
  window: 'here',
  attempts: 0,
  again: 'finished',
  completion: { by: 'course' },
};

/** The rules that hold: those of the link, else of the course, else the usual ones. */
export function playRulesOf(
  course: { play?: Partial<PlayRules> },
  link?: { play?: Partial<PlayRules> },
): PlayRules {
  return { ...usualPlayRules, ...course.play, ...link?.play };
}

/** As courses and links keep them. What is absent is as usual. */
export const playRulesSchema = new Schema<Partial<PlayRules>>(
  { window: String, attempts: Number, again: String, completion: { type: Object, default: undefined } },
  { _id: false },
);
