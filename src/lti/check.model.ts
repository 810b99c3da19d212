import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';
import type { Finding } from './doctor.ts';

/** What the last look at a platform's connection found (doctor.ts). */
export type CheckRecord = { _id: string; at: Date; findings: Finding[] };

const checkSchema = new Schema<CheckRecord>(
  {
    _id: { type: String, required: true },
    at: { type: Date, required: true },
    findings: { type: Schema.Types.Mixed, required: true },
  },
  // A finding without values has an empty object of them.
  { versionKey: false, minimize: false },
);

export const checks = modelOf<CheckRecord>('platform_checks', checkSchema);
