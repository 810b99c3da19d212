import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** What a program shows to be let in. */
export type ApiKeyRecord = {
  _id: string;
  workspace: string;
  name: string;
  keyHash: string;
  /** The last four characters, to tell keys apart in a list. */
  last4: string;
  scopes: string[];
  /** The person (or `cli`) that made it. */
  createdBy: string;
  createdAt: Date;
  lastUsedAt?: Date;
  revokedAt?: Date;
};

const apiKeySchema = new Schema<ApiKeyRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    name: { type: String, required: true },
    keyHash: { type: String, required: true },
    last4: { type: String, required: true },
    scopes: { type: [String], default: ['*'] },
    createdBy: { type: String, required: true },
    createdAt: { type: Date, required: true },
    lastUsedAt: Date,
    revokedAt: Date,
  },
  { versionKey: false },
);
apiKeySchema.index({ keyHash: 1 }, { unique: true });
apiKeySchema.index({ workspace: 1, createdAt: -1, _id: -1 });

export const apiKeys = modelOf<ApiKeyRecord>('apiKeys', apiKeySchema);
