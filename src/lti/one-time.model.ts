import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Something that may happen once: a state that has been used, a launch that waits for its proof, a picker. */
export type OneTimeRecord = {
  /** `<kind>:<hash of the token>`; the token itself is with the browser. */
  _id: string;
  /** JSON text: claims have keys that a document's must not have. */
  body: string;
  expiresAt: Date;
};

const oneTimeSchema = new Schema<OneTimeRecord>(
  {
    _id: { type: String, required: true },
    body: { type: String, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
oneTimeSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 3600 });

export const oneTimes = modelOf<OneTimeRecord>('one_times', oneTimeSchema);
