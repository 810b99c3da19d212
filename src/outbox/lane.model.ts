import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/**
 * The turnstile of one lane: whoever holds its lease sends this lane's deliveries, one after the other. While the
 * other end is down the lane rests as a whole, so that a thousand waiting deliveries do not knock in vain one by one.
 */
export type LaneRecord = {
  /** The lane's name, as deliveries have it. */
  _id: string;
  lease: string;
  leasedUntil: Date;
  restUntil: Date;
  /** Times in a row that the other end was found down. */
  fails: number;
};

const laneSchema = new Schema<LaneRecord>(
  {
    _id: { type: String, required: true },
    lease: { type: String, required: true },
    leasedUntil: { type: Date, required: true },
    restUntil: { type: Date, required: true },
    fails: { type: Number, required: true },
  },
  { versionKey: false },
);
laneSchema.index({ leasedUntil: 1 });
laneSchema.index({ restUntil: 1 });

export const lanes = modelOf<LaneRecord>('lanes', laneSchema);
