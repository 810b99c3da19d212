import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';
import type { Finding, Part } from './doctor.ts';

/** What the last look at a platform's connection found (doctor.ts), and one that is under way. */
export type CheckRecord = {
  _id: string;
  /** Absent: none has come to its end yet. */
  at?: Date;
  findings: Finding[];
  run?: CheckRun;
};

export type CheckRun = {
  id: string;
  startedAt: Date;
  /** Who has not come to an end by then is dead. */
  until: Date;
  /** What is through. */
  parts: Partial<Record<Part, Finding[]>>;
};

const checkSchema = new Schema<CheckRecord>(
  {
    _id: { type: String, required: true },
    at: Date,
    findings: { type: Schema.Types.Mixed, default: [] },
    run: Schema.Types.Mixed,
  },
  // A finding without values has an empty object of them.
  { versionKey: false, minimize: false },
);

export const checks = modelOf<CheckRecord>('platform_checks', checkSchema);
