import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A course given away as a thin package: another LMS plays it from there, on one link of ours. */
export type DispatchRecord = {
  _id: string;
  workspace: string;
  course: string;
  /** Who it is for, in the words of whoever made it. */
  name: string;
  /**
   * Opens a launch of this one dispatch, and nothing else. It stands in every copy of the ZIP, where anybody at the other
   * LMS can read it, and the ZIP must be had again at any time: so it is kept as it is, not hashed.
   */
  shellKey: string;
  createdAt: Date;
  createdBy: string;
  /** Set: no more launches. */
  closedAt?: Date;
  /** When somebody was last sent into the course by it, and from which site: "it works there". */
  launchedAt?: Date;
  launchedFrom?: string;
};

const dispatchSchema = new Schema<DispatchRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    course: { type: String, required: true },
    name: { type: String, required: true },
    shellKey: { type: String, required: true },
    createdAt: { type: Date, required: true },
    createdBy: { type: String, required: true },
    closedAt: Date,
    launchedAt: Date,
    launchedFrom: String,
  },
  { versionKey: false },
);
dispatchSchema.index({ workspace: 1, createdAt: -1, _id: -1 });
dispatchSchema.index({ course: 1, createdAt: -1, _id: -1 });

export const dispatches = modelOf<DispatchRecord>('dispatches', dispatchSchema);
