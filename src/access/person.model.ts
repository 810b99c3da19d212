import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Somebody who runs the service. Learners are not people of ours: their platform knows them. */
export type PersonRecord = {
  _id: string;
  workspace: string;
  /** As they wrote it. */
  email: string;
  /** Trimmed, in lower case, normalised: what is unique. */
  emailKey: string;
  name: string;
  /** Argon2id in PHC form. */
  passwordHash: string;
  createdAt: Date;
  updatedAt: Date;
};

const personSchema = new Schema<PersonRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    email: { type: String, required: true },
    emailKey: { type: String, required: true },
    name: { type: String, default: '' },
    passwordHash: { type: String, required: true },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false },
);
personSchema.index({ emailKey: 1 }, { unique: true });

export const persons = modelOf<PersonRecord>('people', personSchema);
