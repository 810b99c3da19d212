import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Attempts of one learner on one link that are to be removed, with all that is known by them: written down before the first step. */
export type RemovalRecord = {
  _id: string;
  workspace: string;
  link: string;
  learner: string;
  attempts: string[];
  /** Who wanted it: a person's or a key's id. */
  by: string;
  at: Date;
  /** All steps were taken once. They are taken once more, for what was under way just then (remove.ts). */
  doneAt?: Date;
};

const removalSchema = new Schema<RemovalRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    link: { type: String, required: true },
    learner: { type: String, required: true },
    attempts: { type: [String], required: true },
    by: { type: String, required: true },
    at: { type: Date, required: true },
    doneAt: Date,
  },
  { versionKey: false },
);

export const removals = modelOf<RemovalRecord>('removals', removalSchema);
