import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A one-time link with which somebody gets an account, or a new password. It is gone once it has been used. */
export type SignInLinkRecord = {
  _id: string;
  workspace: string;
  tokenHash: string;
  /** `first-admin` serves only while nobody has an account. */
  purpose: 'first-admin' | 'person';
  /** Filled into the form. */
  email?: string;
  createdAt: Date;
  expiresAt: Date;
};

const linkSchema = new Schema<SignInLinkRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    tokenHash: { type: String, required: true },
    purpose: { type: String, required: true },
    email: String,
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
linkSchema.index({ tokenHash: 1 }, { unique: true });
linkSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 24 * 3600 });

export const signInLinks = modelOf<SignInLinkRecord>('signInLinks', linkSchema);
