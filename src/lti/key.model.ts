import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A key pair we sign with. One without an issuer is a spare: published already, so that a platform which caches our keys knows its own from the start. */
export type KeyRecord = {
  /** The kid. */
  _id: string;
  issuer?: string;
  clientId?: string;
  /** PEM, SPKI. */
  publicKey: string;
  /** PEM, PKCS 8, sealed (seal.ts). */
  privateKey: string;
  /** The platform's first key, whose place this one takes (rotate-keys.ts): platforms keep that as their `kid`. */
  of?: string;
  /** Signs from now on; absent: always did. */
  usedFrom?: Date;
  /** Then it is published no longer, and removed. */
  publishedUntil?: Date;
  createdAt: Date;
};

const keySchema = new Schema<KeyRecord>(
  {
    _id: { type: String, required: true },
    issuer: String,
    clientId: String,
    publicKey: { type: String, required: true },
    privateKey: { type: String, required: true },
    of: String,
    usedFrom: Date,
    publishedUntil: Date,
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
keySchema.index({ issuer: 1, clientId: 1 });
keySchema.index({ of: 1 }, { sparse: true });
keySchema.index({ publishedUntil: 1 }, { expireAfterSeconds: 0 });

export const keys = modelOf<KeyRecord>('lti_keys', keySchema);
