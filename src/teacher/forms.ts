import { z } from 'zod';
import { filters } from './finding.ts';

// What the page's forms send. The list that a teacher came from goes along to a learner and back.

const id = z.string().max(100);

export const visitForm = z.object({ visit: id });

export const listForm = visitForm.extend({
  search: z.string().max(200).catch(''),
  show: z.enum(filters).catch('all'),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
  again: z.literal('yes').optional().catch(undefined),
});

export const learnerForm = listForm.extend({
  learner: id,
  /** Which of the learner's attempts to show; the newest is shown where none is named. */
  attempt: id.optional(),
});

/** What is done to an attempt, or because of one, is done to the one that the teacher saw. */
export const attemptForm = learnerForm.extend({ attempt: id });
export const resetForm = attemptForm.extend({ sure: z.literal('yes').optional().catch(undefined) });
export const turnForm = attemptForm.extend({ turn: z.enum(['on', 'off']) });
export const logForm = attemptForm.extend({
  errors: z.literal('yes').optional().catch(undefined),
  skip: z.coerce.number().int().min(0).max(100_000).catch(0),
});
export const sendForm = listForm.extend({ which: z.enum(['all', 'undelivered']) });

export type Listing = Omit<z.infer<typeof listForm>, 'visit'>;
