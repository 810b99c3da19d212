import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Which LMS it is, as far as we can tell: only quirks.ts and words on pages depend on it. */
export type PlatformFamily =
  'canvas' | 'moodle' | 'blackboard' | 'brightspace' | 'sakai' | 'schoology' | 'other';

/** An LMS we trust: one client id at one issuer. Written through ltijs' registry (ltijs-store.ts), read directly. */
export type PlatformRecord = {
  _id: string;
  /** Who connected it; its deployments may belong to other workspaces. Empty only while it is being registered. */
  workspace: string;
  issuer: string;
  clientId: string;
  name: string;
  family: PlatformFamily;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  jwksUri: string;
  /** The audience of token requests where it is not the token endpoint (Brightspace). */
  authorizationServer?: string;
  /** Hosts, besides its own, where an administrator allows its services to be (service-addresses.ts). */
  serviceHosts?: string[];
  /** Of the key pair we sign with. ltijs calls it the platform's id. */
  kid: string;
  active: boolean;
  /** How often it was switched off: what began before is over, also when it is on again (verify-launch.ts). */
  timesOff?: number;
  /** Its last new key: who wanted it, and from when on it is used (rotate-keys.ts). Set by one of many who want one at the same time. */
  rotated?: { at: Date; by: string; usedFrom: Date };
  /** It came with an approving invitation but did not name its deployment: the first one seen is trusted … */
  trustsFirst?: boolean;
  /** … and is this one. Set once, so that two deployments cannot both be the first. */
  firstDeployment?: string;
  createdAt: Date;
};

const platformSchema = new Schema<PlatformRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, default: '' },
    issuer: { type: String, required: true },
    clientId: { type: String, required: true },
    name: { type: String, required: true },
    family: { type: String, default: 'other' },
    authorizationEndpoint: { type: String, required: true },
    tokenEndpoint: { type: String, required: true },
    jwksUri: { type: String, required: true },
    authorizationServer: String,
    serviceHosts: { type: [String], default: undefined },
    kid: { type: String, required: true },
    active: { type: Boolean, required: true },
    timesOff: Number,
    rotated: Schema.Types.Mixed,
    trustsFirst: Boolean,
    firstDeployment: String,
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
platformSchema.index({ issuer: 1, clientId: 1 }, { unique: true });
platformSchema.index({ kid: 1 }, { unique: true });
platformSchema.index({ workspace: 1, createdAt: 1 });

export const platforms = modelOf<PlatformRecord>('platforms', platformSchema);
