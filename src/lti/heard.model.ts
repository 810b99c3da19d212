import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** When something of the outside was last heard of. To the minute: it is for people, and launches must stay quick. */
export type HeardRecord = {
  /** `login:<platform id>`, `launch:<platform id>`, or `keys`: somebody has fetched ours. */
  _id: string;
  at: Date;
  /** Who it was, as far as they say. */
  by?: string;
};

const heardSchema = new Schema<HeardRecord>(
  { _id: { type: String, required: true }, at: { type: Date, required: true }, by: String },
  { versionKey: false },
);

export const heard = modelOf<HeardRecord>('heard', heardSchema);
