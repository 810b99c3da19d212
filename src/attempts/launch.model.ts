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
  /** The deployment it came from: with that, its launches are stopped. */
  deployment?: string;
  /** Its deployment was switched off: its token opens nothing, also when that is on again. */
  stoppedAt?: Date;
  createdAt: Date;
  /** After this no commit is taken. */
  expiresAt: Date;
  /** Nothing more is stored: its attempt was finished when it was opened, and the learner has no other left. */
  closed?: boolean;
  /** The launch that its token stands for by now: the learner started again, or took the attempt back. */
  next?: string;
  /** A launch that another's token stands for: that one (see moving.ts). */
  holder?: string;
  /** A ticket for a window of its own (see tickets.ts), and until when it holds. */
  ticketHash?: string;
  ticketUntil?: Date;
};

const launchSchema = new Schema<LaunchRecord>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    tokenHash: { type: String, required: true },
    mode: { type: String, required: true },
    returnUrl: String,
    platformName: String,
    deployment: String,
    stoppedAt: Date,
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    closed: Boolean,
    next: String,
    holder: String,
    ticketHash: String,
    ticketUntil: Date,
  },
  { versionKey: false },
);
launchSchema.index({ tokenHash: 1 }, { unique: true });
launchSchema.index({ ticketHash: 1 }, { unique: true, sparse: true });
launchSchema.index({ attempt: 1, createdAt: -1 });
launchSchema.index({ deployment: 1, expiresAt: 1 }, { sparse: true });
launchSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 7 * 24 * 3600 });

export const launches = modelOf<LaunchRecord>('launches', launchSchema);
