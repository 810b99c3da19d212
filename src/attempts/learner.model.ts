import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Somebody who learns, as one platform (or dispatch, or our own preview) knows them. Never merged across platforms. */
export type LearnerRecord = {
  _id: string;
  workspace: string;
  /** Unique: `lti:<platform id>:<sub>`, `dispatch:<dispatch id>:<hash of the LMS's learner id>`, `preview:<person>`. */
  key: string;
  /** The platform's own id (`sub`): what a grade is addressed to. */
  sub: string;
  name: string;
  email?: string;
  createdAt: Date;
};

const learnerSchema = new Schema<LearnerRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    key: { type: String, required: true },
    sub: { type: String, required: true },
    name: { type: String, default: '' },
    email: String,
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
learnerSchema.index({ key: 1 }, { unique: true });

export const learners = modelOf<LearnerRecord>('learners', learnerSchema);
