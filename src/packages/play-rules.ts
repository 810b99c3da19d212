import { Schema } from 'mongoose';
import { z } from 'zod';
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

const completion = z.discriminatedUnion('by', [
  z.strictObject({ by: z.enum(['course', 'opened', 'visited', 'exit']) }),
  z.strictObject({ by: z.literal('time'), seconds: z.number().int().min(1).max(360_000) }),
  z.strictObject({ by: z.literal('score'), atLeast: z.number().gt(0).max(1) }),
]);

/** As they are set from outside: all of them, or some. */
export const playRulesBody = z.strictObject({
  window: z.enum(['here', 'new']).optional(),
  attempts: z.number().int().min(0).max(1_000).optional(),
  again: z.enum(['never', 'finished', 'always']).optional(),
  completion: completion.optional(),
}) satisfies z.ZodType<Partial<PlayRules>>;
