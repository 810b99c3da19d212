import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Tries to sign in that were counted against an account, an address, or both together, until `until`. */
export type FailuresRecord = { _id: string; count: number; until: Date };

const failuresSchema = new Schema<FailuresRecord>(
  {
    _id: { type: String, required: true },
    count: { type: Number, required: true },
    until: { type: Date, required: true },
  },
  { versionKey: false },
);
failuresSchema.index({ until: 1 }, { expireAfterSeconds: 3600 });

export const failures = modelOf<FailuresRecord>('signInFailures', failuresSchema);
