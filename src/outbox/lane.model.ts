import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/**
 * The turnstile of one lane: whoever holds its lease sends this lane's deliveries, a few at a time. While the
 * other end is down the lane rests as a whole, so that a thousand waiting deliveries do not knock in vain one by one.
 * Workers look here only, never through the deliveries: a hundred thousand that wait for a lane cost the others nothing.
 */
export type LaneRecord = {
  /** The lane's name, as deliveries have it. */
  _id: string;
  /** Kinds of deliveries that ever stood in it. */
  kinds: string[];
  /** Deliveries that may be under way at the same time. */
  atOnce: number;
  /** When the next delivery of it may be due; a lane with nothing to do is due at the end of time. */
  dueAt: Date;
  /** Grows with every delivery put into it: whoever leaves it for empty must have seen them all. */
  calls: number;
  lease: string;
  leasedUntil: Date;
  restUntil: Date;
  /** Times in a row that the other end was found down. */
  fails: number;
  /** 1: its other end takes its time over each delivery; quick ones go first. */
  slow: number;
  /** When it was last taken: the one that has waited longest is next. */
  servedAt: Date;
};

const laneSchema = new Schema<LaneRecord>(
  {
    _id: { type: String, required: true },
    kinds: { type: [String], required: true },
    atOnce: { type: Number, required: true },
    dueAt: { type: Date, required: true },
    calls: { type: Number, required: true },
    lease: { type: String, default: '' },
    leasedUntil: { type: Date, required: true },
    restUntil: { type: Date, required: true },
    fails: { type: Number, required: true },
    slow: { type: Number, required: true },
    servedAt: { type: Date, required: true },
  },
  { versionKey: false },
);
laneSchema.index({ dueAt: 1 });

export const lanes = modelOf<LaneRecord>('lanes', laneSchema);
