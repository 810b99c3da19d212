import { Schema } from 'mongoose';
import type { EngineSettings } from '../scorm/engine.ts';
import { modelOf } from '../store/mongo.ts';

/** One opening of an attempt in the player: what its bearer token stands for. */
export type LaunchRecord = {
  _id: string;
  attempt: string;
  /** Only the hash: the token itself lives in the learner's browser. */
  tokenHash: string;
  mode: EngineSettings['mode'];
  /** Where "Return to course" leads, http(s) only. */
  returnUrl?: string;
  /** How a platform calls itself, for "sent to Moodle". */
  platformName?: string;
  createdAt: Date;
  /** After this no commit is taken. */
  expiresAt: Date;
};

const launchSchema = new Schema<LaunchRecord>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    tokenHash: { type: String, required: true },
    mode: { type: String, required: true },
    returnUrl: String,
    platformName: String,
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
  },
  { versionKey: false },
);
launchSchema.index({ tokenHash: 1 }, { unique: true });
launchSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 7 * 24 * 3600 });

export const launches = modelOf<LaunchRecord>('launches', launchSchema);
