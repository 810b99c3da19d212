import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Launches of a platform that were refused for the same reason: one record, however many there were. Forgotten a month after the last. */
export type RefusalRecord = {
  /** `<platform id> <code>`. */
  _id: string;
  platform: string;
  /** Of the error (errors.ts). */
  code: string;
  /** What the last of them was told. */
  title: string;
  detail: string;
  faults: string[];
  /** Where its services are said to be, if it was refused for that: hosts between commas. */
  hosts?: string;
  /** At least so many: a flood is not counted one by one. */
  count: number;
  firstAt: Date;
  lastAt: Date;
};

const month = 30 * 24 * 3600;

const refusalSchema = new Schema<RefusalRecord>(
  {
    _id: { type: String, required: true },
    platform: { type: String, required: true },
    code: { type: String, required: true },
    title: { type: String, required: true },
    detail: { type: String, default: '' },
    faults: { type: [String], default: [] },
    hosts: String,
    count: { type: Number, required: true },
    firstAt: { type: Date, required: true },
    lastAt: { type: Date, required: true },
  },
  { versionKey: false },
);
refusalSchema.index({ platform: 1, lastAt: -1 });
refusalSchema.index({ lastAt: 1 }, { expireAfterSeconds: month });

export const refusals = modelOf<RefusalRecord>('refusals', refusalSchema);
