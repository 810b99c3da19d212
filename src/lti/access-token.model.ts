import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A platform's access token for its services, kept until shortly before it ends. */
export type AccessTokenRecord = {
  _id: string;
  issuer: string;
  clientId: string;
  scopes: string;
  /** The token answer as JSON, sealed (seal.ts). */
  token: string;
  expiresAt: Date;
};

const accessTokenSchema = new Schema<AccessTokenRecord>(
  {
    _id: { type: String, required: true },
    issuer: { type: String, required: true },
    clientId: { type: String, required: true },
    scopes: { type: String, required: true },
    token: { type: String, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
accessTokenSchema.index({ issuer: 1, clientId: 1, scopes: 1 }, { unique: true });
accessTokenSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 3600 });

export const accessTokens = modelOf<AccessTokenRecord>('access_tokens', accessTokenSchema);
