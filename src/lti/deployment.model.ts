import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A place inside a platform where we were put. Issuer, client id and deployment id together tell whose it is. */
export type DeploymentRecord = {
  _id: string;
  platform: string;
  /** As the platform calls it; opaque. */
  deploymentId: string;
  workspace: string;
  /** `waiting`: seen in a launch, but nobody here has approved it. */
  status: 'approved' | 'waiting' | 'disabled';
  name: string;
  /** How often it was disabled. */
  timesOff?: number;
  createdAt: Date;
  /** Who approved or disabled it last. */
  decidedBy?: string;
  decidedAt?: Date;
};

const deploymentSchema = new Schema<DeploymentRecord>(
  {
    _id: { type: String, required: true },
    platform: { type: String, required: true },
    deploymentId: { type: String, required: true },
    workspace: { type: String, required: true },
    status: { type: String, required: true },
    name: { type: String, default: '' },
    timesOff: Number,
    createdAt: { type: Date, required: true },
    decidedBy: String,
    decidedAt: Date,
  },
  { versionKey: false },
);
deploymentSchema.index({ platform: 1, deploymentId: 1 }, { unique: true });
deploymentSchema.index({ workspace: 1, createdAt: 1 });

export const deployments = modelOf<DeploymentRecord>('deployments', deploymentSchema);
