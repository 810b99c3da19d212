import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Leave to connect one platform, once. */
export type InvitationRecord = {
  _id: string;
  tokenHash: string;
  workspace: string;
  /** Who invited: a person or a key. */
  by: string;
  /** The deployment that comes with it is trusted without a further look. */
  approves: boolean;
  createdAt: Date;
  expiresAt: Date;
  /** While a registration under it is under way. */
  heldUntil?: Date;
  hold?: string;
  usedAt?: Date;
  platform?: string;
};

const invitationSchema = new Schema<InvitationRecord>(
  {
    _id: { type: String, required: true },
    tokenHash: { type: String, required: true },
    workspace: { type: String, required: true },
    by: { type: String, required: true },
    approves: { type: Boolean, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    heldUntil: Date,
    hold: String,
    usedAt: Date,
    platform: String,
  },
  { versionKey: false },
);
invitationSchema.index({ tokenHash: 1 }, { unique: true });
invitationSchema.index({ workspace: 1, createdAt: -1 });

export const invitations = modelOf<InvitationRecord>('invitations', invitationSchema);
