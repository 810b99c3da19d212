import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** A teacher who has opened a link and has its page before them: what the token in the page's forms stands for. */
export type VisitRecord = {
  /** The hash of the token; the token itself is in the page. */
  _id: string;
  workspace: string;
  platform: string;
  deployment: string;
  /** How often they had been switched off when it began. */
  timesOff?: number;
  link: string;
  /** The teacher, as the platform knows them. */
  user: { sub: string; name: string; email?: string };
  createdAt: Date;
  /** Moves with every step. */
  expiresAt: Date;
  /** Does not move. */
  endsAt: Date;
};

const visitSchema = new Schema<VisitRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    platform: { type: String, required: true },
    deployment: { type: String, required: true },
    timesOff: Number,
    link: { type: String, required: true },
    user: {
      type: new Schema({ sub: String, name: String, email: String }, { _id: false }),
      required: true,
    },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    endsAt: { type: Date, required: true },
  },
  { versionKey: false },
);
visitSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 3600 });

export const visits = modelOf<VisitRecord>('visits', visitSchema);
