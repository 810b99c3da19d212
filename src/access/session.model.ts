import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** One browser somebody is signed in with. */
export type SessionRecord = {
  _id: string;
  person: string;
  workspace: string;
  /** Only the hash: the token is in the browser's cookie. */
  tokenHash: string;
  createdAt: Date;
  usedAt: Date;
  /** Moves on with use, never past `endsAt`. */
  expiresAt: Date;
  endsAt: Date;
};

const sessionSchema = new Schema<SessionRecord>(
  {
    _id: { type: String, required: true },
    person: { type: String, required: true },
    workspace: { type: String, required: true },
    tokenHash: { type: String, required: true },
    createdAt: { type: Date, required: true },
    usedAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    endsAt: { type: Date, required: true },
  },
  { versionKey: false },
);
sessionSchema.index({ tokenHash: 1 }, { unique: true });
sessionSchema.index({ person: 1 });
sessionSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 24 * 3600 });

export const sessions = modelOf<SessionRecord>('sessions', sessionSchema);
